// The official client against a running service: node elasticsearch.mjs URL KEY
// Prints one JSON object of what it saw; the test looks at it.
import { Client } from '@elastic/elasticsearch'

const [node, apiKey] = process.argv.slice(2)
const client = new Client({ node, auth: { apiKey }, maxRetries: 2, requestTimeout: 60000 })
const index = 'logs-client-default'
const base = Date.parse('2026-01-02T00:00:00Z')
const seen = {}

function event (i) {
  const name = i % 100 === 7 ? 'whoami.exe' : i % 100 === 6 ? 'cmd.exe' : 'svchost.exe'
  return {
    '@timestamp': new Date(base + i * 1000).toISOString(),
    ecs: { version: '8.11.0' },
    event: { id: `e-${i}`, category: ['process'], type: ['start'] },
    host: { id: `h-${i % 3}`, name: `host-${i % 3}` },
    process: { pid: i, name, entity_id: `p-${i}`, command_line: `"C:\\Windows\\${name}" /x ${i}` }
  }
}

async function * events (from, to) {
  for (let i = from; i < to; i++) yield event(i)
}

function bulk (from, to, action) {
  const dropped = []
  return client.helpers.bulk({
    datasource: events(from, to),
    onDocument (doc) { return { [action]: { _index: index, _id: doc.event.id } } },
    onDrop (doc) { dropped.push({ status: doc.status, type: doc.error?.type, retried: doc.retried }) },
    flushBytes: 20000,
    concurrency: 3,
    refreshOnCompletion: index
  }).then(stats => ({ stats, dropped }))
}

async function refused (promise) {
  try {
    await promise
    return null
  } catch (e) {
    return { name: e.name, status: e.meta?.statusCode, type: e.meta?.body?.error?.type, reason: e.meta?.body?.error?.reason }
  }
}

seen.info = await client.info()
seen.ping = await client.ping()
seen.health = (await client.cluster.health()).status
seen.license = (await client.license.get()).license.type

// Templates as a setup script leaves them.
seen.templateBefore = await client.indices.existsIndexTemplate({ name: 'logs-client' })
await client.indices.putIndexTemplate({ name: 'logs-client', index_patterns: ['logs-client-*'], data_stream: {} })
seen.templateAfter = await client.indices.existsIndexTemplate({ name: 'logs-client' })
seen.template = (await client.indices.getIndexTemplate({ name: 'logs-client' })).index_templates[0]
await client.ilm.putLifecycle({ name: 'logs', policy: { phases: { hot: { actions: {} } } } })
seen.policy = (await client.ilm.getLifecycle({ name: 'logs' })).logs.policy
seen.noPolicy = await refused(client.ilm.getLifecycle({ name: 'nothing' }))

// Documents: twice the same are once stored.
seen.bulk = await bulk(0, 1000, 'create')
seen.again = await bulk(0, 1000, 'create')
seen.indexAgain = await bulk(0, 10, 'index')
seen.update = await client.bulk({ operations: [{ update: { _index: index, _id: 'e-1' } }, { doc: { a: 1 } }, { delete: { _index: index, _id: 'e-2' } }] })
seen.one = await client.index({ index, id: 'single', document: event(1000) })
seen.oneAgain = await refused(client.create({ index, id: 'single', document: event(1000) }))
seen.filtered = await client.bulk({ filter_path: 'errors,items.*.error', operations: [{ create: { _index: index, _id: 'e-3' } }, event(3), { create: { _index: index, _id: 'e-1001' } }, event(1001)] })
seen.exists = await client.indices.exists({ index })
seen.existsNot = await client.indices.exists({ index: 'logs-other-default' })

// Searches.
const query = { bool: { filter: [{ term: { 'process.name': 'cmd.exe' } }, { range: { '@timestamp': { gte: '2026-01-02T00:05:00Z' } } }] } }
seen.count = (await client.count({ index })).count
seen.countOf = (await client.count({ index: 'logs-*', query })).count
seen.search = await client.search({ index: 'logs-*', query, size: 2, sort: [{ '@timestamp': 'desc' }], _source: ['process.pid'] })
seen.searchAll = (await client.search({ size: 0, track_total_hits: true })).hits.total
seen.words = (await client.search({ index, q: 'process.name:whoami.exe AND host.name:host-1', size: 100 })).hits.total.value
seen.noIndex = await refused(client.search({ index: 'logs-other-default' }))
seen.badQuery = await refused(client.search({ index, query: { more_like_this: { like: 'x' } } }))
seen.aggs = await refused(client.search({ index, aggs: { a: { terms: { field: 'host.name' } } } }))

// EQL.
seen.event = await client.eql.search({ index: 'logs-*', query: 'process where process.name == "whoami.exe"', size: 3, result_position: 'head' })
seen.sequence = await client.eql.search({
  index,
  query: 'sequence with maxspan=5s [process where process.name == "cmd.exe"] [process where process.name == "whoami.exe"]',
  size: 100,
  filter: { range: { '@timestamp': { lt: '2026-01-02T00:10:00Z' } } }
})
seen.narrowed = (await client.eql.search({ index, query: 'any where true', size: 1000, filter: { term: { 'process.name': 'cmd.exe' } } })).hits.events.length
seen.parse = await refused(client.eql.search({ index, query: 'process where (' }))
seen.verify = await refused(client.eql.search({ index, query: 'process where length(process.pid) > 1' }))

// Asynchronous: begun, asked for, deleted.
const begun = await client.eql.search({ index, query: 'process where process.name == "cmd.exe"', size: 5, wait_for_completion_timeout: '0s', keep_on_completion: true })
seen.begun = { id: typeof begun.id, is_running: begun.is_running }
seen.async = await client.eql.get({ id: begun.id, wait_for_completion_timeout: '30s' })
seen.status = await client.eql.getStatus({ id: begun.id })
seen.deleted = (await client.eql.delete({ id: begun.id })).acknowledged
seen.gone = await refused(client.eql.get({ id: begun.id }))

console.log(JSON.stringify(seen))
await client.close()
