/**
 * `node --import` of it keeps a server on 127.0.0.1: the Functions Framework listens on every address and has no setting for that.
 */
import { Server } from 'node:net';

const listen = Server.prototype.listen;

Server.prototype.listen = function listenOnLoopback(port, ...rest) {
  return typeof port === 'object' ? listen.call(this, port, ...rest) : listen.call(this, port, '127.0.0.1', ...rest);
};
