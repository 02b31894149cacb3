import pg from 'pg';

/** The control: writers whose numbers come from a plain sequence, in transactions that take different times. */
const [url = '', prefix = '', writers = '4', total = '0'] = process.argv.slice(2);

let next = 0;
await Promise.all(
  Array.from({ length: Number(writers) }, async (_, writer) => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    while (next < Number(total)) {
      const id = `${prefix}${next++}`;
      await client.query('begin');
      await client.query('insert into control (id) values ($1)', [id]);
      if (next % 4 === writer % 4) await new Promise(setImmediate);
      await client.query('commit');
      process.stdout.write(`${id} 0\n`);
    }
    await client.end();
  }),
);
