import type { Inventory } from '../../../inventory/inventory.ts'
import { hostPort } from '../../../model/address.ts'
import { type HostName, isWanted } from '../../../model/names.ts'
import type { Endpoint } from '../../../zookeeper/config.ts'

/** Where the inventory has a member listen for clients. */
export const clientOf = ({ hosts, ports }: Pick<Inventory, 'hosts' | 'ports'>, host: HostName): Endpoint => ({
  address: hosts.find(({ name }) => name === host)?.address ?? host,
  port: ports.client,
})

/** Where members take clients by TLS, as clients take it; nothing where `ports.secure` is not set. */
export const secureAt = ({ hosts, ports: { secure } }: Pick<Inventory, 'hosts' | 'ports'>): { secure?: string } =>
  secure === undefined
    ? {}
    : { secure: hosts.filter(isWanted).map(({ address }) => hostPort(address, secure)).join() } // prettier-ignore
