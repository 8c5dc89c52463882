// SPDX-License-Identifier: Apache-2.0
// Requests to the server: JSON in and out, the session's token with every write, errors of one shape.

const BASE = '/api/v1';
/** A token or a CA asks for a secret with these; they do not mean that the session is over. */
const OTHERS_401 = new Set(['pin_needed', 'ca_login']);
const state = { token: '', proof: '', lost: () => {}, offline: () => {} };

/** What the server, or the way to it, answered instead of a result. */
export class ApiError extends Error {
    /** @param {{code?: string, message?: string, key?: string, next?: any[], request?: any}} body keyfob.error/1
     *  @param {number} [status] of HTTP; 0: the server was not reached */
    constructor(body, status = 0) {
        super(body.message || body.code || '');
        this.name = 'ApiError';
        this.code = body.code || 'failed';
        this.key = body.key || '';
        this.next = body.next || [];
        this.request = body.request ?? null;
        this.problems = body.problems ?? null;
        this.status = status;
        /** Of a job: the parameters of its path. @type {Object<string, string>|null} */
        this.subject = null;
        this.body = body;
    }
}

/** @param {{token?: string, proof?: string}} session keyfob.session/1; {} for none */
export function setSession({ token = '', proof = '' }) {
    Object.assign(state, { token, proof });
}

/** @param {{lost: (error: ApiError) => void, offline: () => void}} handlers the session is over; no server */
export function onTrouble(handlers) {
    Object.assign(state, handlers);
}

/** @param {string} path below /api/v1 @param {AbortSignal} [signal] @param {RequestOptions} [options] */
export function get(path, signal, options) {
    return send('GET', path, undefined, { signal, ...options }).then(json);
}

/** @param {string} path @param {any} [body] @param {RequestOptions} [options] */
export function post(path, body, options) {
    return send('POST', path, body, options).then(json);
}

/** @param {string} path @param {any} [body] @param {RequestOptions} [options] */
export function del(path, body, options) {
    return send('DELETE', path, body, options).then(json);
}

/** Save what a route answers with as a file; with a body by POST. @param {string} path @param {any} [body] */
export async function download(path, body) {
    const answer = await send(body === undefined ? 'GET' : 'POST', path, body);
    const said = answer.headers.get('Content-Disposition') ?? '';
    saveBlob(await answer.blob(), fileName(said) || 'keyfob');
}

/** Save the file of a result: {name, type, data: base64}. @param {{name: string, type?: string, data: string}} file */
export function save(file) {
    const bytes = Uint8Array.from(atob(file.data), (letter) => letter.charCodeAt(0));
    saveBlob(new Blob([bytes], { type: file.type ?? 'application/octet-stream' }), file.name);
}

/** A file's bytes as base64, for a JSON body. @param {Blob} file @returns {Promise<string>} */
export async function base64(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
}

/** @param {string} header Content-Disposition @returns {string} */
export function fileName(header) {
    const wide = /filename\*=UTF-8''([^;]+)/i.exec(header);
    const plain = /filename="([^"]*)"/i.exec(header) ?? /filename=([^;]+)/i.exec(header);
    return wide ? decodeURIComponent(wide[1]) : plain?.[1].trim() ?? '';
}

/**
 * @typedef {{signal?: AbortSignal, key?: string, quiet?: boolean}} RequestOptions key: Idempotency-Key, made when
 *   it is not given; quiet: trouble is only thrown
 */
/** @param {string} method @param {string} path @param {any} [body] @param {RequestOptions} [options] */
async function send(method, path, body, options = {}) {
    if (method !== 'GET' && state.proof) await sameServer(options);
    return exchange(method, path, body, options);
}

/* When the server ends, its port is free for any program of this computer, and this page would go on speaking to it. So
 * before anything is sent, a PIN above all, the other side must know what only the server of this session does. */
async function sameServer(options) {
    const { proof } = state;
    const answer = await exchange('GET', '/session', undefined, options);
    if ((await answer.json().catch(() => ({}))).proof === proof) return;
    const error = new ApiError({ code: 'sign_in' }, 401);
    state.lost(error);
    throw error;
}

async function exchange(method, path, body, options) {
    const init = { method, headers: headersFor(method, body, options), signal: options.signal };
    if (method !== 'GET') init.body = JSON.stringify(body ?? {});
    let answer;
    try {
        answer = await fetch(BASE + path, init);
    } catch (error) {
        if (error.name === 'AbortError') throw error;
        if (!options.quiet) state.offline();
        throw new ApiError({ code: 'offline' });
    }
    if (answer.ok) return answer;
    const error = new ApiError(await errorBody(answer), answer.status);
    if (answer.status === 401 && !OTHERS_401.has(error.code) && !options.quiet) state.lost(error);
    throw error;
}

function headersFor(method, body, options) {
    const headers = { Accept: 'application/json' };
    if (method === 'GET') return headers;
    headers['Content-Type'] = 'application/json';
    headers['Idempotency-Key'] = options.key ?? crypto.randomUUID();
    if (state.token) headers['X-Keyfob-Token'] = state.token;
    return headers;
}

async function errorBody(answer) {
    const body = await answer.json().catch(() => null);
    return body?.code ? body : { code: 'failed', message: `HTTP ${answer.status}` };
}

/** 204 and an empty body are {}. */
async function json(answer) {
    const text = await answer.text();
    return text ? JSON.parse(text) : {};
}

function saveBlob(blob, fileName) {
    const address = URL.createObjectURL(blob);
    const link = document.createElement('a');
    link.href = address;
    link.download = fileName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
}
