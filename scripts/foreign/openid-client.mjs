// openid-client (certified relying party, npm 6.8) against Socle's OpenID Provider, unchanged.
//
//   npm install openid-client@6.8         (in any folder; run from there)
//   node …/scripts/foreign/openid-client.mjs DIR/endpoints.json [http://localhost:8080]
//
// It drives: discovery at both paths, code flow with PKCE, userinfo (JSON and signed), refresh,
// introspection, revocation, CIBA in poll mode approved on the e-CPS page, token exchange bound to
// a certificate. Prints one line a step; exit 1 at the first that fails.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import https from 'node:https'
import path from 'node:path'

const need = createRequire(path.join(process.cwd(), 'x.js'))
const client = await import(pathToFileURL(need.resolve('openid-client')))
const file = process.argv[2] ?? process.env.ENDPOINTS
const E = JSON.parse(readFileSync(file, 'utf8'))
const web = process.argv[3] ?? E.web
const ca = readFileSync(E.ca_file)
const persona = E.personas.find((p) => p.role === 'medecin_generaliste')
const structure = E.structures.find((s) => s.id === persona.structure)
const step = (s) => console.log('ok  ' + s)
const must = (cond, s) => { if (!cond) { console.error('FAIL ' + s); process.exit(1) } step(s) }

// fetch over node:https, so that the test authority is trusted and a certificate may be shown.
function fetcher(cert) {
  return (url, o = {}) => new Promise((done, fail) => {
    const u = new URL(url)
    const headers = Object.fromEntries(new Headers(o.headers).entries())
    const body = o.body === undefined || o.body === null ? undefined : o.body.toString()
    if (body !== undefined) headers['content-length'] = Buffer.byteLength(body)
    const q = https.request(u, { method: o.method ?? 'GET', headers, ca, ...(cert && { cert: readFileSync(cert.client_cert), key: readFileSync(cert.client_key) }) }, (r) => {
      const parts = []
      r.on('data', (b) => parts.push(b))
      r.on('end', () => done(new Response([204, 304].includes(r.statusCode) ? null : Buffer.concat(parts), { status: r.statusCode, headers: r.headers })))
    })
    q.on('error', fail)
    q.end(body)
  })
}

// A browser without script: cookies and redirections, on the pages only.
const jar = new Map()
async function browse(url, o = {}) {
  for (let hop = 0; hop < 10; hop++) {
    const r = await fetch(url, { ...o, redirect: 'manual', headers: { ...o.headers, cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; ') } })
    for (const c of r.headers.getSetCookie()) { const [kv] = c.split(';'); const i = kv.indexOf('='); jar.set(kv.slice(0, i), kv.slice(i + 1)) }
    const to = r.headers.get('location')
    if (!to) return { page: await r.text(), status: r.status, url }
    url = new URL(to, url).href
    if (new URL(url).origin !== new URL(web).origin) return { url }
    o = {}
  }
  throw new Error('too many redirections')
}

async function approve(digits) {
  const { page } = await browse(persona.ecps)
  const at = page.indexOf(`data-message="${digits}"`)
  if (at < 0) throw new Error('the e-CPS does not show ' + digits)
  const form = page.slice(at, page.indexOf('</form>', at))
  const f = new URLSearchParams()
  for (const m of form.matchAll(/name="(jeton|demande)" value="([^"]*)"/g)) f.set(m[1], m[2].replaceAll('&#43;', '+'))
  f.set('reponse', 'approuver')
  await browse(persona.ecps, { method: 'POST', body: f, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
}

async function configure(reg, cert) {
  const issuer = new URL(E.psc_issuer + '/.well-known/wallet-openid-configuration')
  const meta = { token_endpoint_auth_method: reg.auth, ...(cert && { use_mtls_endpoint_aliases: true }), ...(reg.userinfo_signed_response_alg && { userinfo_signed_response_alg: reg.userinfo_signed_response_alg }) }
  const auth = reg.auth === 'tls_client_auth' ? client.TlsClientAuth() : client.ClientSecretBasic(reg.client_secret)
  const config = await client.discovery(issuer, reg.client_id, meta, auth, { [client.customFetch]: fetcher(cert) })
  // The authorization page of the demonstration is http on loopback; every other endpoint is https.
  if (config.serverMetadata().authorization_endpoint.startsWith('http:')) client.allowInsecureRequests(config)
  return config
}

async function signIn(config, reg, extra = {}) {
  const redirect_uri = 'http://127.0.0.1:9/retour'
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState(), nonce = client.randomNonce()
  const url = client.buildAuthorizationUrl(config, { redirect_uri, scope: 'openid scope_all', acr_values: 'eidas1', state, nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...extra })
  const back = await browse(url.href)
  return client.authorizationCodeGrant(config, new URL(back.url), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true })
}

await browse(persona.login)
const alpha = E.psc_clients.find((c) => c.auth === 'client_secret_basic' && !c.userinfo_signed_response_alg)
const config = await configure(alpha)
must(config.serverMetadata().issuer === E.psc_issuer, 'discovery, wallet path')
const standard = await client.discovery(new URL(E.psc_issuer), alpha.client_id, {}, client.ClientSecretPost(alpha.client_secret), { [client.customFetch]: fetcher() })
must(standard.serverMetadata().token_endpoint === config.serverMetadata().token_endpoint, 'discovery, standard path')

let tokens = await signIn(config, alpha)
const sub = tokens.claims().sub
must(tokens.claims().acr === 'eidas1' && sub.endsWith(persona.id_nat), 'code flow with PKCE, state, nonce, iss')
const info = await client.fetchUserInfo(config, tokens.access_token, sub)
must(info.SubjectNameID === persona.id_nat && Array.isArray(info.SubjectRefPro.exercices), 'userinfo, JSON')
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
must(refreshed.refresh_token !== tokens.refresh_token, 'refresh with rotation')
must((await client.tokenIntrospection(config, refreshed.access_token)).active === true, 'introspection')
await client.tokenRevocation(config, refreshed.refresh_token)
must((await client.tokenIntrospection(config, refreshed.access_token)).active === false, 'revocation')

const signed = E.psc_clients.find((c) => c.userinfo_signed_response_alg)
if (signed) {
  const sc = await configure(signed)
  const st = await signIn(sc, signed)
  must((await client.fetchUserInfo(sc, st.access_token, st.claims().sub)).SubjectNameID === persona.id_nat, 'userinfo, signed')
}

const ask = await client.initiateBackchannelAuthentication(config, { scope: 'openid scope_all', acr_values: 'eidas1', login_hint: persona.id_nat, binding_message: '27', channel: 'MOBILE' })
must(ask.auth_req_id && ask.expires_in > 0, 'CIBA request')
setTimeout(() => approve('27').catch((e) => { console.error(e); process.exit(1) }), 300)
tokens = await client.pollBackchannelAuthenticationGrant(config, ask)
must(tokens.claims().preferred_username === persona.id_nat && tokens.refresh_expires_in > 0, 'CIBA tokens after approval')

const tls = E.psc_clients.find((c) => c.auth === 'tls_client_auth' && c.structure === structure.id)
if (tls) {
  const tc = await configure(tls, structure)
  const a = await client.initiateBackchannelAuthentication(tc, { scope: 'openid scope_all', login_hint: persona.id_nat, binding_message: '31' })
  setTimeout(() => approve('31').catch((e) => { console.error(e); process.exit(1) }), 300)
  tokens = await client.pollBackchannelAuthenticationGrant(tc, a)
  must(tokens.access_token, 'CIBA with tls_client_auth at the mTLS aliases')
}

const exchange = new client.Configuration({ issuer: E.psc_exchange, token_endpoint: E.psc_exchange }, (tls ?? alpha).client_id, {}, client.TlsClientAuth())
exchange[client.customFetch] = fetcher(structure)
const bound = await client.genericGrantRequest(exchange, 'urn:ietf:params:oauth:grant-type:token-exchange', { subject_token: tokens.access_token,
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', subject_issuer: 'psc' })
const cnf = JSON.parse(Buffer.from(bound.access_token.split('.')[1], 'base64url')).cnf
must(bound.expires_in >= 3600 && cnf['x5t#S256'], 'token exchange, bound to the certificate')
const api = E.pdsm ? E.pdsm + '/DocumentReference?patient=x' : E.api
if (api) {
  const call = (cert) => fetcher(cert)(api, { headers: { authorization: 'Bearer ' + bound.access_token } }).then((r) => r.status)
  must((await call(structure)) !== 401, 'the bound token opens the API with its certificate')
  must((await call()) === 401, 'and not without')
}
try {
  await signIn(config, alpha, { acr_values: 'eidas9' })
  must(false, 'an unknown acr is refused')
} catch (e) {
  must(e.error === 'invalid_request', 'an unknown acr is refused')
}
console.log('openid-client: all passed')
process.exit(0)
