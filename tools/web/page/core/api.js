// SPDX-License-Identifier: Apache-2.0
// The server's API, as screens use it.

export { ApiError, base64, del, download, get, post, save } from './http.js';
export { follow, job } from './jobs.js';
