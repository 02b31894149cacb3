import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { subject } from '../../../examples/connector/place.ts';
import { connectorSuite } from '../../suites/connector.suite.ts';

connectorSuite('of the example', subject);

test('the connector of the example has fewer than a hundred lines', () => {
  const file = join(import.meta.dirname, '../../../examples/connector/library-connector.ts');
  expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(100);
});
