/**
 * Why `package_revise` cannot address this resource; `undefined` when it can. CKAN splits its keys at two underscores.
 */
export function whyUnaddressable(resourceId: string): string | undefined {
  if (!/__|_$/u.test(resourceId)) return undefined
  return `CKAN's package_revise cannot address the resource ${JSON.stringify(resourceId)}, because its id contains "__" or ends in "_": use a resource with another id.`
}
