/**
 * Asks a server for its health on a schedule, over a new connection each time, whether the answers before have come or not, from half a
 * second after standard input has a line until it ends: then it writes how long each answer took, in milliseconds, as a line of JSON.
 *
 * A bare socket, in a process of its own that goes before others: what is measured is the server, and not how soon the asker had its turn.
 */
import net from 'node:net';
import os from 'node:os';

const EVERY_MS = 10;
/** Connections that all begin in one turn of the loop are a burst, and no saturation yet. */
const SETTLE_MS = 500;

function main([port = '']: readonly string[]): void {
  try {
    os.setPriority(os.constants.priority.PRIORITY_HIGHEST);
  } catch {
    // Not everyone may.
  }
  const asked: Promise<number>[] = [];
  let settling: NodeJS.Timeout | undefined;
  let timer: NodeJS.Timeout | undefined;
  process.stdin.once('data', () => {
    settling = setTimeout(() => {
      timer = setInterval(() => asked.push(health(Number(port))), EVERY_MS);
    }, SETTLE_MS);
  });
  process.stdin.once('end', () => {
    clearTimeout(settling);
    clearInterval(timer);
    void Promise.all(asked).then((durations) => process.stdout.write(`${JSON.stringify(durations)}\n`));
  });
}

async function health(port: number): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    socket.once('data', (answer) => {
      const took = performance.now() - began;
      socket.destroy();
      if (answer.subarray(0, 12).toString() === 'HTTP/1.1 200') {
        resolve(took);
      } else {
        reject(new Error(`/health was answered with ${answer.toString().split('\r\n')[0] ?? ''}.`));
      }
    });
    socket.once('error', reject);
  });
}

main(process.argv.slice(2));
