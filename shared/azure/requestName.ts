/**
 * What an ARM request is called among its like: `GET Microsoft.Compute/galleries/images`, `POST …/imageTemplates/run`. Names of
 * resources are left out, so that there are few.
 */
export function requestName(method: string, path: string): { readonly title: string; readonly provider: string } {
  const [, below] = path.split(/.*\/providers\//i);
  const [provider, ...rest] = (below ?? "").split("/");
  if (!provider)
    return {
      title: `${method} ${/\/resourcegroups\//i.test(path) ? "resourceGroups" : "subscriptions"}`,
      provider: "Microsoft.Resources",
    };
  const types = rest.filter((_, i) => i % 2 === 0);
  return { title: `${method} ${[provider, ...types].join("/")}`, provider };
}
