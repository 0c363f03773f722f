/** A function that does nothing, behind the Functions Framework. */
'use strict';

exports.hello = (_request, response) => response.end('{}');
