/** A file that is not what it should be, as a whole. It is moved to `failed`; nothing of it is applied. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused';
}
