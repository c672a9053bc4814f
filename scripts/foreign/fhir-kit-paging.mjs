// Pages through the whole directory twice with npm fhir-kit-client, while it may be changing:
// every list must end, show nobody twice, and hold as many as its first page announced.
//
//   npm install fhir-kit-client
//   NODE_EXTRA_CA_CERTS=ca.pem BASE=https://localhost:8443/annuaire/fhir/v2 TOKEN=… node fhir-kit-paging.mjs
//
// BASE  the address of the FHIR service          TOKEN  a bearer access token (or API_KEY)
// NODE_EXTRA_CA_CERTS  PEM file of the authority   COUNT  size of a page, 25 by default
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

// The client is found where the script is started, as a user would install it.
const home = path.join(process.cwd(), 'node_modules', 'fhir-kit-client');
const { exports: entry } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
const { Client } = await import(pathToFileURL(path.join(home, entry['.'].import)).href);

const { BASE, TOKEN, API_KEY, COUNT = '25' } = process.env;
if (!BASE) throw new Error('BASE is missing');
const customHeaders = {};
if (TOKEN) customHeaders.Authorization = `Bearer ${TOKEN}`;
if (API_KEY) customHeaders['ESANTE-API-KEY'] = API_KEY;
const client = new Client({ baseUrl: BASE, customHeaders });

async function page(resourceType, searchParams) {
  const seen = new Set();
  let announced;
  let pages = 0;
  let bundle = await client.search({ resourceType, searchParams });
  while (bundle) {
    pages += 1;
    announced ??= bundle.total;
    for (const entry of bundle.entry ?? []) {
      if (entry.search?.mode !== 'match') continue;
      const id = `${entry.resource.resourceType}/${entry.resource.id}`;
      if (seen.has(id)) throw new Error(`${id} is seen twice`);
      seen.add(id);
    }
    bundle = await client.nextPage({ bundle });
  }
  if (announced !== undefined && announced !== seen.size) throw new Error(`${resourceType}: ${seen.size} seen, ${announced} announced`);
  return { pages, seen: seen.size };
}

const statement = await client.capabilityStatement();
if (statement.fhirVersion !== '4.0.1') throw new Error(`fhirVersion ${statement.fhirVersion}`);
for (let turn = 1; turn <= 2; turn += 1) {
  for (const type of ['Practitioner', 'PractitionerRole', 'Organization', 'HealthcareService', 'Device']) {
    const { pages, seen } = await page(type, { _count: COUNT, _total: 'accurate' });
    console.log(`turn ${turn}: ${type}: ${seen} in ${pages} pages`);
  }
}
const one = await client.search({ resourceType: 'Practitioner', searchParams: { _count: '1' } });
if (one.entry?.length) {
  const read = await client.read({ resourceType: 'Practitioner', id: one.entry[0].resource.id });
  if (read.id !== one.entry[0].resource.id) throw new Error('read gives another resource');
}
console.log('ok');
