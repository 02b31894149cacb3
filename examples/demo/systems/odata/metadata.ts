import type { EntitySet } from './entity-set.ts';

/** The `$metadata` document of a service. */
export function metadataOf(sets: readonly EntitySet[]): string {
  const types = sets.map(({ name, properties }) => {
    const [[key] = ['']] = properties;
    const lines = properties.map(([property, type]) => {
      const nullable = property === key ? ' Nullable="false"' : '';
      return `        <Property Name="${property}" Type="${type}"${nullable}/>`;
    });
    const keyLine = `        <Key><PropertyRef Name="${key}"/></Key>`;
    return [`      <EntityType Name="${name}">`, keyLine, ...lines, '      </EntityType>'].join('\n');
  });
  const own = sets.map(({ name }) => `        <EntitySet Name="${name}" EntityType="Demo.${name}"/>`);
  return `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:DataServices>
    <Schema Namespace="Demo" xmlns="http://docs.oasis-open.org/odata/ns/edm">
${types.join('\n')}
      <EntityContainer Name="Container">
${own.join('\n')}
      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
`;
}
