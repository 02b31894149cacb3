/**
 * How the demo names documents. Two systems speak of one product by its SKU and of one customer by its number, so both
 * arrive at the same document whichever is read first.
 */
export function productIdOf(sku: string): string {
  return `product-${sku}`;
}

/** The SKU in the id of a product. */
export function skuOf(productId: string): string {
  return productId.startsWith('product-') ? productId.slice('product-'.length) : productId;
}

/** The id of the customer with this number. A customer made in a replica has an id of its own, which is kept as it is. */
export function customerIdOf(number: string): string {
  return /^C-\d+$/.test(number) ? `customer-${number}` : number;
}

/** The number in the id of a customer; the inverse of {@link customerIdOf}. */
export function customerNumberOf(customerId: string): string {
  return /^customer-C-\d+$/.test(customerId) ? customerId.slice('customer-'.length) : customerId;
}
