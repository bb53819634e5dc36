// The files that plan and judge: no I/O, clock, environment, randomness or waiting, also not in what they import. What else they import for its
// values has to be among them; types may come from anywhere. dependency-cruiser and eslint both read this.
exports.pure = [
  'model/*',
  'hosts/{desired,plan,crontab,logout,ownership,preflight,room,strike}',
  'hosts/{desired,plan,preflight}/*',
  'ensemble/{expiry,desired,facts,status,upkeep}',
  'ensemble/plan/*',
  'ensemble/restore/{plan,members,undo}',
  'tree/{desired,plan,acl,made,path,saved,transactions}',
  'tree/meta/{head,manifest,stored}',
  'tree/history/record',
  'tree/export/zk-shell',
  'tree/plan/*',
  'tree/source/{env,expand,json,key,layers,properties,struck,template,text,yaml}',
  'commands/restore/planned',
  'commands/shared/plan/*',
  'commands/shared/look/{client-ports,ours}',
  'commands/shared/run/{run,shrink}',
  'remote/host-facts',
  'zookeeper/{codes,config,data-files,digest,packets,properties,records,transaction,txn-log,wire,zookeeper}',
].map((name) => `src/${name}.ts`)
