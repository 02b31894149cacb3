/** Everything that lies in IndexedDB, as one text; bytes are read as letters too. */
export async function rawDatabases(): Promise<string> {
  const parts: string[] = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await request(indexedDB.open(name ?? ''));
    for (const store of [...database.objectStoreNames]) {
      const rows = database.transaction(store).objectStore(store);
      const [keys, values] = [rows.getAllKeys(), rows.getAll()];
      parts.push(name ?? '', store, textOf(await request(keys)), textOf(await request(values)));
    }
    database.close();
  }
  return parts.join('\n');
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (!ArrayBuffer.isView(part)) return part;
    return String.fromCharCode(...new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  });
}

function request<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
