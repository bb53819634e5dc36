// The part of node-zookeeper-client that we use: the records of the wire protocol. Longs are Buffers of 8 bytes.
declare module 'node-zookeeper-client/lib/jute/index.js' {
  interface Encodable {
    byteLength(): number
    /** answers the number of bytes written */
    serialize(into: Buffer, offset: number): number
  }
  interface Record extends Encodable {
    /** answers the number of bytes read */
    deserialize(from: Buffer, offset: number): number
  }
  type Kind<Fields> = new (...fields: readonly unknown[]) => Record & Fields

  interface Id {
    scheme: string | undefined
    id: string | undefined
  }
  interface Acl {
    perms: number
    id: Id
  }
  interface Stat {
    czxid: Buffer
    mzxid: Buffer
    ctime: Buffer
    mtime: Buffer
    version: number
    cversion: number
    aversion: number
    ephemeralOwner: Buffer
    dataLength: number
    numChildren: number
    pzxid: Buffer
  }

  const jute: {
    OP_CODES: { readonly [name: string]: number }
    data: { Id: Kind<Id>; ACL: Kind<Acl>; Stat: Kind<Stat> }
    protocol: {
      ConnectRequest: Kind<object>
      ConnectResponse: Kind<{ timeOut: number; sessionId: Buffer }>
      RequestHeader: Kind<object>
      ReplyHeader: Kind<{ xid: number; err: number }>
      AuthPacket: Kind<object>
      CreateRequest: Kind<{ path: string; data: Buffer | undefined; acl: Acl[]; flags: number }>
      DeleteRequest: Kind<object>
      SetDataRequest: Kind<{ path: string; data: Buffer; version: number }>
      CheckVersionRequest: Kind<object>
      ExistsRequest: Kind<object>
      ExistsResponse: Kind<{ stat: Stat }>
      GetDataRequest: Kind<object>
      GetDataResponse: Kind<{ data: Buffer | undefined; stat: Stat }>
      GetChildren2Request: Kind<object>
      GetChildren2Response: Kind<{ children: string[] | undefined; stat: Stat }>
      GetACLRequest: Kind<object>
      GetACLResponse: Kind<{ acl: Acl[] | undefined; stat: Stat }>
      SetACLRequest: Kind<object>
      CreateResponse: Kind<{ path: string | undefined }>
      MultiHeader: Kind<{ type: number; done: boolean; err: number }>
      ErrorResponse: Kind<{ err: number }>
    }
    Request: new (header: Record | null, payload: Encodable | null) => { toBuffer(): Buffer }
    TransactionResponse: new () => {
      results: { type: number; err?: number }[]
      deserialize(from: Buffer, offset: number): number
    }
  }
  export default jute
  export type { Acl, Encodable, Record, Stat }
}
