import { z } from 'zod';

/** An SFTP server and how to log in. */
export type SftpOptions = z.output<typeof sftpSchema>;

/** Checks the way to an SFTP server. */
export const sftpSchema = z
  .strictObject({
    host: z.string().min(1),
    port: z.number().int().min(1).max(65_535).default(22),
    user: z.string().min(1),
    password: z.string().min(1).optional(),
    /** Private key in PEM or OpenSSH form. */
    privateKey: z.string().includes('PRIVATE KEY', 'give the text of the key, not the name of its file').optional(),
    passphrase: z.string().optional(),
    /** The host key of the server, as `ssh-keygen -lf` shows it. Any other key is refused. */
    fingerprint: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, 'write it as SHA256:…, see ssh-keygen -lf'),
    /** Folder of the exchange on the server. */
    folder: z.string().min(1),
    connectTimeoutMs: z.number().int().positive().default(15_000),
    keepAliveMs: z.number().int().positive().default(15_000),
  })
  .refine((given) => (given.password === undefined) !== (given.privateKey === undefined), {
    message: 'give either password or privateKey',
    path: ['password'],
  });
