import { createHash } from 'node:crypto'
import jvmTemplate from '../../templates/conf/jvm.ejs'
import log4jTemplate from '../../templates/conf/log4j.properties.ejs'
import logbackTemplate from '../../templates/conf/logback.xml.ejs'
import zooCfgTemplate from '../../templates/conf/zoo.cfg.ejs'
import type { Inventory } from '../inventory/inventory.ts'
import type { Archive } from '../local/archive.ts'
import { format } from '../model/format.ts'
import type { HostName, ReleaseName, Sha256 } from '../model/names.ts'
import { Secret } from '../model/secret.ts'
import type { TlsMaterials } from '../model/tls-materials.ts'
import type { TlsRelease, TlsStage } from '../model/tls-stage.ts'
import { digestId } from '../zookeeper/digest.ts'
import { propertyValue } from '../zookeeper/properties.ts'
import { binFiles } from './desired/bin.ts'
import { line, render, xml } from './desired/render.ts'
import { type Secure, type TlsConf, tlsConf, wantedStage } from './desired/tls.ts'

/** What has to be at hand before a host can be planned: verified archives, and what was made up or read from .dman. */
export interface Materials {
  readonly java: Archive
  readonly zookeeper: Archive
  /** as superDigestOf makes it */
  readonly superDigest: Secret
  /** left out where nothing needs certificates */
  readonly tls?: TlsMaterials
}

/** What one host is to hold below ~/dman, its data apart. */
export interface DesiredHost {
  readonly host: HostName
  /** folder below the user's home */
  readonly home: string
  /** those that have to be unpacked there */
  readonly archives: readonly Archive[]
  readonly conf: ConfRelease
  /** those that it runs one after the other until then, that one last */
  readonly way: readonly ConfRelease[]
  /** text of each file below bin/ */
  readonly bin: Readonly<Record<string, string>>
}

/** A folder of our rendered files and of links to the releases they run with, named by content. */
export interface ConfRelease {
  readonly release: ReleaseName
  readonly files: Readonly<Record<string, ConfFile>>
  readonly links: Readonly<Record<string, ReleaseName>>
  readonly stage: TlsRelease
}

/** `text` may hold a secret and is revealed only on its way to the host; `shown` has it struck out. */
export interface ConfFile {
  readonly text: Secret
  readonly shown: string
}

const log = { file: 'log/zookeeper.log', size: '10MB', kept: 10, level: 'INFO' }

/**
 * All hosts share one conf release, one text and one name; with TLS or metrics each has its own, for its certificate, or its address, is in
 * it. `way`: the stages of TLS that members go through, the wanted one last.
 */
export function desiredHost(
  inventory: Inventory,
  host: HostName,
  made: Materials,
  way: readonly TlsStage[] = [wantedStage(inventory.tls, made.tls)],
): DesiredHost {
  const confs = way.map((stage) => desiredConf(inventory, made, host, stage))
  const conf = confs.at(-1) ?? desiredConf(inventory, made, host, wantedStage(inventory.tls, made.tls))
  return { host, home: inventory.home, archives: [made.java, made.zookeeper], conf, way: confs, bin: binFiles }
}

const rendered = new WeakMap<Inventory, WeakMap<Materials, Map<string, ConfRelease>>>()

/** The conf release that the inventory and the archives ask for in that stage; rendered once, however many hosts share it. */
function desiredConf(inventory: Inventory, made: Materials, host: HostName, stage: TlsStage): ConfRelease {
  const ofInventory = rendered.get(inventory) ?? new WeakMap<Materials, Map<string, ConfRelease>>()
  const confs = ofInventory.get(made) ?? new Map<string, ConfRelease>()
  const metrics = metricsOf(inventory, host)
  const secure = secureOf(inventory, host)
  const own = JSON.stringify([metrics, ...(stage.mode === 'off' && secure === undefined ? [] : [host, stage])])
  const conf = confs.get(own) ?? newConf(inventory, metrics, made, tlsConf(host, stage, made.tls, secure))
  rendered.set(inventory, ofInventory.set(made, confs.set(own, conf)))
  return conf
}

const secureOf = ({ ports: { secure }, hosts }: Inventory, name: HostName): Secure | undefined => {
  const host = hosts.find((one) => one.name === name)
  return secure === undefined || host === undefined ? undefined : { address: host.address, port: secure }
}

/** ZooKeeper's Prometheus provider listens on every address unless it is told one (read in its source, 3.9.4). */
const metricsOf = ({ ports, hosts }: Inventory, name: HostName): Readonly<Record<string, string>> => {
  const host = hosts.find((one) => one.name === name)
  if (ports.metrics === undefined || host === undefined) return {}
  return {
    'metricsProvider.className': 'org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider',
    'metricsProvider.httpHost': host.address,
    'metricsProvider.httpPort': String(ports.metrics),
  }
}

/**
 * What lets ZooKeeper take ACLs of the scheme `sasl`, which it else answers with INVALID_ACL (read in its source). Always there: were it to come and
 * go with the trees that name the scheme, their ACLs would count no more from a roll on, and could not be changed but by the super user.
 */
const sasl = { 'authProvider.sasl': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider' }

function newConf(
  inventory: Inventory,
  metrics: Readonly<Record<string, string>>,
  made: Materials,
  tls: TlsConf,
): ConfRelease {
  const links = { java: made.java.release, zookeeper: made.zookeeper.release }
  const own = { ...metrics, ...tls.settings, ...sasl }
  const texts = { ...renderConf(inventory, own, made), ...tls.files }
  const files = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, { text: new Secret(text), shown: strikeOut(text) }]),
  )
  return { release: `conf-${contentOf(texts, links).slice(0, 12)}`, files, links, stage: tls.stage }
}

function renderConf(
  inventory: Inventory,
  own: Readonly<Record<string, string>>,
  made: Materials,
): Readonly<Record<string, string>> {
  const { heap, jvm, config } = inventory.zookeeper
  const { logging } = made.zookeeper
  const superDigest = made.superDigest.reveal()
  const common = {
    format: `format: ${format}\n`,
    'zoo.cfg': render(zooCfgTemplate, { config: sorted({ ...config, ...own }), superDigest }, propertyValue),
    jvm: render(jvmTemplate, { heap, options: jvm, logging: logging ?? 'none' }, line),
  }
  if (logging === 'logback') return { ...common, 'logback.xml': render(logbackTemplate, { log }, xml) }
  if (logging === 'log4j') return { ...common, 'log4j.properties': render(log4jTemplate, { log }, propertyValue) }
  return common
}

/** The order in which settings stand in the inventory is no difference. */
const sorted = <T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

const contentOf = (files: Readonly<Record<string, string>>, links: Readonly<Record<string, ReleaseName>>): Sha256 =>
  createHash('sha256')
    .update(JSON.stringify([sorted(files), sorted(links)]))
    .digest('hex')

/** The super user's line of zoo.cfg. */
export const superDigestOf = (password: Secret): Secret => new Secret(digestId('super', password))

const secretSetting = /^([^#\n]*(?:superDigest|passw(?:or)?d)[^=\n]*=).*$/gim
const privateKey = /(-----BEGIN [A-Z ]*PRIVATE KEY-----\n)[^-]*(-----END)/g

/** A conf file's text as it may be shown; an observation brings no private key along, so there both look alike. */
export const strikeOut = (text: string): string =>
  text.replace(secretSetting, '$1‹secret›').replace(privateKey, '$1‹secret›\n$2')

/** Each file of a conf release as it may be shown. */
export const redactedFiles = (conf: ConfRelease): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(conf.files).map(([name, { shown }]) => [name, shown]))
