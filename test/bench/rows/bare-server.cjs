/** The least that a server can be: what every function is compared with. */
'use strict';

const http = require('node:http');

http.createServer((_request, response) => response.end('{}')).listen(Number(process.env.PORT));
