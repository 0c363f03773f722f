/**
 * Bytes over a socket as they are: fetch and http.request would mend them.
 */
import net from 'node:net';

/** Sends bytes to a port of loopback, and resolves to all that came back until the server ended the connection. */
export async function sendRaw(port: number | string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = net.connect(Number(port), '127.0.0.1', () => {
      socket.write(bytes);
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => {
      resolve(Buffer.concat(chunks).toString());
    });
    socket.on('error', reject);
  });
}
