/** What a value of a zoo.cfg key has to look like. */
export type ZooKind = 'integer' | 'number' | 'boolean' | 'text'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

// The keys that QuorumPeerConfig parses in ZooKeeper 3.8 and 3.9, and X for each system property `zookeeper.X` that the server
// reads: what zoo.cfg does not know itself becomes such a property. Owned and unsafe keys are below.
const integers = words(`
  tickTime initLimit syncLimit connectToLearnerMasterLimit maxClientCnxns maxCnxns minSessionTimeout maxSessionTimeout
  clientPortListenBacklog autopurge.snapRetainCount autopurge.purgeInterval quorum.cnxn.threads.size
  jvm.pause.info-threshold.ms jvm.pause.warn-threshold.ms jvm.pause.sleep.time.ms
  globalOutstandingLimit preAllocSize snapCount commitLogCount snapSizeLimitInKb txnLogSizeLimitInKb
  fsync.warningthresholdms maxResponseCacheSize maxGetChildrenResponseCacheSize
  watcherCleanThreadsNum watcherCleanThreshold watcherCleanIntervalInSeconds maxInProcessingDeadWatchers bitHashCacheSize
  fastleader.minNotificationInterval fastleader.maxNotificationInterval cnxTimeout quorumCnxnTimeoutMs
  connection_throttle_tokens connection_throttle_fill_time connection_throttle_fill_count connection_throttle_freeze_time
  connection_throttle_global_session_weight connection_throttle_local_session_weight connection_throttle_renew_session_weight
  flushDelay maxWriteQueuePollTime maxBatchSize request_throttle_max_requests request_throttle_stall_time
  request_throttler.shutdownTimeout throttled_op_wait_time leader.maxConcurrentSnapSyncs leader.maxConcurrentDiffSyncs
  leader.maxTimeToWaitForEpoch leader.ackLoggingFrequency leaderConnectDelayDuringRetryMs
  largeRequestMaxBytes largeRequestThreshold netty.server.outstandingHandshake.limit electionPortBindRetry
  observer.reconnectDelayMs observer.election.DelayMs observerMaster.sizeLimit
  nio.numSelectorThreads nio.numWorkerThreads nio.directBufferBytes nio.sessionlessCnxnTimeout nio.shutdownTimeout
  commitProcessor.numWorkerThreads commitProcessor.maxReadBatchSize commitProcessor.maxCommitBatchSize
  commitProcessor.shutdownTimeout intBufferStartingSizeBytes
  znode.container.checkIntervalMs znode.container.maxPerMinute znode.container.maxNeverUsedIntervalMs
  messageTracker.BufferSize pathStats.delay pathStats.initialDelay pathStats.maxDepth pathStats.slotCapacity
  pathStats.slotDuration pathStats.topPathMax kerberos.minReLoginTimeMs`)

const numbers = words(`
  connection_throttle_drop_increase connection_throttle_drop_decrease connection_throttle_decrease_ratio
  snapshotSizeFactor pathStats.sampleRate`)

const booleans = words(`
  syncEnabled jvm.pause.monitor extendedTypesEnabled emulate353TTLNodes
  connection_throttle_weight_enabled enforceQuota request_throttle_drop_stale request_stale_latency_check
  request_stale_connection_check netty.advancedFlowControl.enabled netty.server.earlyDropSecureConnectionHandshakes
  enableEagerACLCheck digest.enabled audit.enable learner.closeSocketAsync leader.closeSocketAsync learner.asyncSending
  forward_learner_requests_to_commit_processor_disabled serializeLastProcessedZxid.enabled tcpKeepAlive clientTcpKeepAlive
  follower.skipLearnerRequestToNextProcessor closeSessionTxn.enabled messageTracker.Enabled pathStats.enabled
  jmx.log4j.disable`)

const texts = words(`watchManagerName snapshot.compression.method audit.impl.class ensembleAuthName`)

const kinds: readonly (readonly [ZooKind, readonly string[]])[] = [
  ['integer', integers],
  ['number', numbers],
  ['boolean', booleans],
  ['text', texts],
]

/** Every key that `zookeeper.config` takes, and the kind of its value. Source: manual and QuorumPeerConfig of 3.8.6 and 3.9.5. */
export const zooKeys: ReadonlyMap<string, ZooKind> = new Map(
  kinds.flatMap(([kind, keys]) => keys.map((key) => [key, kind] as const)),
)

/** Names that the manual gives to properties of another name: in zoo.cfg they would silently do nothing. */
export const manualNames: ReadonlyMap<string, string> = new Map([
  ['connectionMaxTokens', 'connection_throttle_tokens'],
  ['connectionTokenFillTime', 'connection_throttle_fill_time'],
  ['connectionTokenFillCount', 'connection_throttle_fill_count'],
  ['connectionFreezeTime', 'connection_throttle_freeze_time'],
  ['connectionDropIncrease', 'connection_throttle_drop_increase'],
  ['connectionDropDecrease', 'connection_throttle_drop_decrease'],
  ['connectionDecreaseRatio', 'connection_throttle_decrease_ratio'],
  ['requestThrottleLimit', 'request_throttle_max_requests'],
  ['requestThrottleStallTime', 'request_throttle_stall_time'],
  ['requestThrottleDropStale', 'request_throttle_drop_stale'],
  ['requestStaleLatencyCheck', 'request_stale_latency_check'],
  ['requestStaleConnectionCheck', 'request_stale_connection_check'],
  ['throttledOpWaitTime', 'throttled_op_wait_time'],
  ['advancedFlowControlEnabled', 'netty.advancedFlowControl.enabled'],
  ['outstandingHandshake.limit', 'netty.server.outstandingHandshake.limit'],
  ['maxConcurrentSnapSyncs', 'leader.maxConcurrentSnapSyncs'],
  ['maxConcurrentDiffSyncs', 'leader.maxConcurrentDiffSyncs'],
  ['maxTimeToWaitForEpoch', 'leader.maxTimeToWaitForEpoch'],
])

const tls = 'TLS is set up by dman-bootstrap itself (`tls`, `ports.secure`)'
const login = 'the identities that dman-bootstrap logs in with are its own'
const members = 'membership is made of `hosts` and, once the ensemble serves, of ZooKeeper itself'
const ports = 'the ports are set by `ports`, the addresses by `hosts`'
const place = 'data and logs stay in one folder below `home`'

// Exact names, or prefixes where they end in `*`. The first that fits gives the reason.
const owned: readonly (readonly [string, string])[] = [
  ['dataDir', place],
  ['dataLogDir', place],
  ['clientPort', ports],
  ['clientPortAddress', ports],
  ['secureClientPort*', ports],
  ['observerMasterPort', ports],
  ['server.*', members],
  ['group*', members],
  ['weight*', members],
  ['peerType', 'it is the `role` of a host'],
  ['dynamicConfigFile', members],
  ['standaloneEnabled', members],
  ['reconfigEnabled', members],
  ['initialConfig', members],
  ['oraclePath', 'a quorum that is not a majority breaks the rules that rolls keep'],
  ['electionAlg', 'ZooKeeper knows only one election since 3.6'],
  ['leaderServes', 'a restart is verified by a session through the member, so every member serves clients'],
  ['ssl.*', tls],
  ['sslQuorum*', tls],
  ['portUnification', tls],
  ['client.portUnification', tls],
  ['client.certReload', tls],
  ['client.secure', tls],
  ['fips-mode', tls],
  ['serverCnxnFactory', tls],
  ['admin.*', 'the AdminServer listens on every address and shows secrets: it stays off'],
  ['4lw.commands.whitelist', 'dman-bootstrap asks srvr, mntr, ruok and conf, and nothing else is open'],
  ['metricsProvider.*', 'metrics are set by `ports.metrics`'],
  ['DigestAuthenticationProvider.*', login],
  ['X509AuthenticationProvider.*', login],
  ['SASLAuthenticationProvider.*', login],
  ['IPAuthenticationProvider.*', login],
  ['authProvider*', login],
  ['superUser', login],
  ['letAnySaslUserDoX', login],
  ['enforce.auth.*', login],
  ['sessionRequireClientSASLAuth', login],
  ['allowSaslFailedClients', login],
  ['sasl.*', login],
  ['quorum.auth.*', tls],
  ['multiAddress.enabled', 'a host has one address'],
  ['multiAddress.reachabilityCheckTimeoutMs', 'a host has one address'],
  ['db.autocreate', 'an emptied member must not vote: it is always false'],
  ['datadir.autocreate', 'a missing data folder must not be made anew: it is always false'],
]

const unsafe: readonly (readonly [string, string])[] = [
  ['forceSync', 'without it a power cut loses acknowledged writes'],
  ['localSessionsEnabled', 'a session would prove no quorum any more, which is what restarts are verified by'],
  ['localSessionsUpgradingEnabled', 'it is for local sessions, which prove no quorum'],
  ['skipACL', 'it opens every znode to everyone'],
  [
    'jute.maxbuffer*',
    'all servers and clients would have to change it together, and trees are checked against its default',
  ],
  ['quorumListenOnAllIPs', 'it opens the peer ports on every address'],
  ['multiAddress.reachabilityCheckEnabled', 'members may then not find each other after a network problem'],
  ['snapshot.trust.empty', 'a member that lost its snapshots would serve what is left'],
  ['forceSnapshotSync', 'it is for tests of ZooKeeper'],
  ['test.*', 'it is for tests of ZooKeeper'],
  ['testingonly.*', 'it is for tests of ZooKeeper'],
]

const fits = (pattern: string, key: string): boolean =>
  pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern

/** Why `key` may not be set by the user, in zoo.cfg or as `-Dzookeeper.<key>`; undefined where it may. Case 39. */
export function whyRefused(key: string): string | undefined {
  const danger = unsafe.find(([pattern]) => fits(pattern, key))
  if (danger !== undefined) return `\`${key}\` is unsafe: ${danger[1]}`
  const ours = owned.find(([pattern]) => fits(pattern, key))
  return ours === undefined ? undefined : `\`${key}\` is not yours to set: ${ours[1]}`
}
