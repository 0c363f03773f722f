/**
 * `node --require` of it keeps a server on 127.0.0.1: the Functions Framework listens on every address and has no setting for that.
 *
 * Not `--import`, for which Node loads its loader of modules: 3 MB, and 8 ms of each start that is measured.
 */
'use strict';

const { Server } = require('node:net');

const { listen } = Server.prototype;

Server.prototype.listen = function listenOnLoopback(port, ...rest) {
  return typeof port === 'object' ? listen.call(this, port, ...rest) : listen.call(this, port, '127.0.0.1', ...rest);
};
