import type { Sample } from '../../seed/sample.ts';
import { createDemoSystem, type DemoSystem, type DemoSystemOptions } from '../demo-system.ts';
import { installGraphql } from '../graphql-route.ts';
import { createRecordTable } from '../record-table.ts';
import { type PimProduct, toPimProduct } from './product.ts';
import { pimResolvers } from './resolvers.ts';
import { pimSchema } from './schema.ts';

/**
 * The PIM: texts, brand, classification, attributes and media of products, as a GraphQL service. The list goes by time of
 * change; deleted products stay in it, marked. Writes heed the version they expect.
 */
export function startPim(sample: () => Sample, options: DemoSystemOptions): Promise<DemoSystem> {
  return createDemoSystem(
    {
      name: 'pim',
      install(app, db) {
        const products = createRecordTable<PimProduct>(db, 'products');
        if (products.count() === 0) {
          db.transaction(() => {
            for (const product of sample().products) products.put(product.sku, toPimProduct(product));
          })();
        }
        installGraphql(app, { schema: pimSchema, rootValue: pimResolvers(products) });
        return () => ({ products: products.count() });
      },
    },
    options,
  );
}
