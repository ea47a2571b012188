/** A function that is called once for each object: nothing changes what has been read of a repository. */
export function once<Key extends object, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const found = new WeakMap<Key, { readonly value: Value }>()
  return (key) => {
    const one = found.get(key) ?? { value: find(key) }
    found.set(key, one)
    return one.value
  }
}
