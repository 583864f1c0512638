import { compose, type Product } from './compose.ts';

/** Opens everything, does one thing, closes everything. */
export async function withProduct<T>(work: (product: Product) => Promise<T>): Promise<T> {
  const product = await compose();
  try {
    return await work(product);
  } finally {
    await product.close();
  }
}
