import { buildSchema } from 'graphql';

/** The schema of the PIM. Lists go by time of change; deleted products stay in them, with `deleted`. */
export const pimSchema = buildSchema(`
  "ISO 8601 in UTC with milliseconds."
  scalar DateTime

  enum Lifecycle { draft live retired }

  type Texts { title: String! longDescription: String }
  type Brand { displayName: String! }
  type Attribute { name: String! value: String! unit: String }
  type Asset { href: String! mediaType: String! caption: String }
  type Dimensions { widthMm: Int! heightMm: Int! weightGrams: Int! }

  type Product {
    sku: ID!
    texts: Texts!
    brand: Brand
    taxonomy: [String!]!
    tags: [String!]!
    attributes: [Attribute!]!
    assets: [Asset!]!
    gtins: [String!]!
    dimensions: Dimensions
    lifecycle: Lifecycle!
    version: Int!
    updatedAt: DateTime!
    deleted: Boolean!
  }

  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type ProductConnection { nodes: [Product!]! pageInfo: PageInfo! }

  input TextsInput { title: String! longDescription: String }
  input BrandInput { displayName: String! }
  input AttributeInput { name: String! value: String! unit: String }
  input AssetInput { href: String! mediaType: String! caption: String }
  input DimensionsInput { widthMm: Int! heightMm: Int! weightGrams: Int! }

  input ProductInput {
    texts: TextsInput
    brand: BrandInput
    taxonomy: [String!]
    tags: [String!]
    attributes: [AttributeInput!]
    assets: [AssetInput!]
    gtins: [String!]
    dimensions: DimensionsInput
    lifecycle: Lifecycle
  }

  type UserError { field: [String!] message: String! code: String! }
  type ProductPayload { product: Product userErrors: [UserError!]! }
  type DeletePayload { deletedSku: ID userErrors: [UserError!]! }

  type Query {
    products(first: Int!, after: String, updatedSince: DateTime): ProductConnection!
    "A place for each SKU; null where there is no such product."
    productsBySku(skus: [ID!]!): [Product]!
  }

  type Mutation {
    productCreate(sku: ID!, input: ProductInput!): ProductPayload!
    "Refused with STALE if the product has another version by now."
    productUpdate(sku: ID!, input: ProductInput!, expectedVersion: Int): ProductPayload!
    productDelete(sku: ID!, expectedVersion: Int): DeletePayload!
  }
`);
