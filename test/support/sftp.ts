import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

/** An OpenSSH server of its own, on a free port, in a temporary folder: SFTP for the current user with one key. */
export interface SftpServer extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  /** Text of the private key that may log in. */
  readonly privateKey: string;
  /** Of the host key, as a client declares it. */
  readonly fingerprint: string;
  /** An empty folder that clients may use. */
  readonly folder: string;
  start(): Promise<void>;
  /** Ends the server and every connection to it. */
  stop(): Promise<void>;
}

/** Starts a server. Throws with what to install if there is none. */
export async function startSftp(): Promise<SftpServer> {
  const program = findServer();
  const root = await mkdtemp(join(tmpdir(), 'datastores-sftp-'));
  const [hostKey, userKey, folder] = ['host_key', 'user_key', 'files'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(folder);
  for (const key of [hostKey, userKey]) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  await appendFile(join(root, 'authorized_keys'), await readFile(`${userKey}.pub`));
  // The server wants it even where it does not use it, and a container has no /run/sshd.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `PidFile ${join(root, 'pid')}`,
    `AuthorizedKeysFile ${join(root, 'authorized_keys')}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
  ];
  await writeFile(join(root, 'config'), `${lines.join('\n')}\n`);
  let server: ChildProcess | null = null;
  const start = async () => {
    const started = spawn(program, ['-D', '-e', '-f', join(root, 'config')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    started.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    server = started;
    for (let tries = 0; !(await answers(port)); tries += 1) {
      if (started.exitCode !== null || tries > 200) throw new Error(`sshd did not start: ${output}`);
      await setTimeout(50);
    }
  };
  const stop = async () => {
    const running = server;
    server = null;
    if (!running?.pid || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    // Each connection has a process of its own, which outlives the server.
    for (const pid of await descendantsOf(running.pid)) kill(pid);
    kill(running.pid);
    await ended;
  };
  await start();
  return {
    port,
    user: userInfo().username,
    privateKey: await readFile(userKey, 'utf8'),
    fingerprint: (await run('ssh-keygen', ['-lf', `${hostKey}.pub`])).split(' ')[1] ?? '',
    folder,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function findServer(): string {
  const folders = ['/usr/sbin', '/usr/local/sbin', ...(process.env.PATH ?? '').split(delimiter)];
  const found = folders.map((folder) => join(folder, 'sshd')).find((path) => existsSync(path));
  if (found) return found;
  throw new Error('OpenSSH is not installed: no sshd in /usr/sbin or on the PATH. Run: apt-get install openssh-server');
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...args]);
  return stdout;
}

async function descendantsOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.trim().split(' ').filter(Boolean).map(Number);
  const below = await Promise.all(children.map(descendantsOf));
  return [...below.flat(), ...children];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address === 'object' && address) return address.port;
  throw new Error('No free port was given.');
}
