import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { LiveValidator } from "oav";

/** One exchange with ARM as the emulator records it. */
export interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody?: unknown;
  readonly status: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody?: unknown;
  readonly caller: string;
}

/** What Microsoft's document has against an exchange; `where` is a JSON path in the request or the response. */
export interface Objection {
  readonly operation: string;
  readonly side: "request" | "response";
  readonly code: string;
  readonly where: string;
  readonly message: string;
}

/** Microsoft's OpenAPI documents, kept outside the project. */
export const documentsFolder = "../shared/specs";
export const documentsAreHere = existsSync(documentsFolder);

/** By what the path says of the resource: the document and its api-version, since only one version of each is there. First match wins. */
const documents: readonly (readonly [path: RegExp, version: string, file: string])[] = [
  [
    /\/providers\/microsoft\.authorization\/roleassignments/i,
    "2022-04-01",
    "authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01/authorization-RoleAssignmentsCalls.json",
  ],
  [
    /\/providers\/microsoft\.authorization\/(roledefinitions|permissions)/i,
    "2022-04-01",
    "authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01/authorization-RoleDefinitionsCalls.json",
  ],
  [
    /\/providers\/microsoft\.virtualmachineimages\//i,
    "2024-02-01",
    "imagebuilder/resource-manager/Microsoft.VirtualMachineImages/stable/2024-02-01/imagebuilder.json",
  ],
  [
    /\/providers\/microsoft\.network\/virtualnetworks/i,
    "2024-01-01",
    "network/resource-manager/Microsoft.Network/stable/2024-01-01/virtualNetwork.json",
  ],
  [
    /\/providers\/microsoft\.network\/networksecuritygroups/i,
    "2024-01-01",
    "network/resource-manager/Microsoft.Network/stable/2024-01-01/networkSecurityGroup.json",
  ],
  [
    /\/providers\/microsoft\.compute\/galleries/i,
    "2023-07-03",
    "compute/resource-manager/Microsoft.Compute/GalleryRP/stable/2023-07-03/gallery.json",
  ],
  [
    /\/providers\/microsoft\.compute\/images/i,
    "2024-03-01",
    "compute/resource-manager/Microsoft.Compute/ComputeRP/stable/2024-03-01/image.json",
  ],
  [
    /\/providers\/microsoft\.managedidentity\//i,
    "2023-01-31",
    "msi/resource-manager/Microsoft.ManagedIdentity/stable/2023-01-31/ManagedIdentity.json",
  ],
  [
    /\/providers\/microsoft\.storage\/storageaccounts/i,
    "2023-05-01",
    "storage/resource-manager/Microsoft.Storage/stable/2023-05-01/storage.json",
  ],
  [
    /^\/subscriptions\/[^/]+\/(resourcegroups(\/[^/]+(\/resources)?)?|providers)$|\/providers\/microsoft\.resources\/(tags|deployments)|\/resourcegroups\/[^/]+\/deployments\//i,
    "2024-03-01",
    "resources/resource-manager/Microsoft.Resources/stable/2024-03-01/resources.json",
  ],
];

/** Registering a namespace is an operation of the document on resources, whatever the namespace; the validator looks such operations up under this one. */
const onNamespace = /^(\/subscriptions\/[^/]+\/providers\/)[^/]+((?:\/(?:un)?register)?)$/i;

/** The path and query of an exchange with the document's api-version; undefined where no document tells of it. */
function underTheDocument(url: string): string | undefined {
  const [path = "", query = ""] = url.replace(/^https?:\/\/[^/]+/, "").split("?");
  const parameters = new URLSearchParams(query);
  const version = onNamespace.test(path) ? "2024-03-01" : documents.find(([pattern]) => pattern.test(path))?.[1];
  if (version === undefined || /\/operations\//i.test(path)) return undefined;
  parameters.set("api-version", version);
  return `${path.replace(onNamespace, "$1Microsoft.Unknown$2")}?${parameters}`;
}

/** Reads the documents and answers a judge of exchanges: their objections, none for those that no document tells of (`undefined`). */
export async function readDocuments(): Promise<(exchange: Recorded) => Promise<readonly Objection[] | undefined>> {
  const directory = resolve(documentsFolder);
  const validator = new LiveValidator(
    {
      directory,
      git: { shouldClone: false },
      isPathCaseSensitive: false,
      isArmCall: true,
      loadValidatorInInitialize: false,
      swaggerPaths: documents.map(([, , file]) => resolve(directory, "specification", file)),
    },
    () => {},
  );
  await validator.initialize();
  return async (exchange) => {
    const url = underTheDocument(exchange.url);
    if (url === undefined) return undefined;
    const query = Object.fromEntries(new URLSearchParams(url.split("?")[1]));
    const found = await validator.validateLiveRequestResponse({
      liveRequest: {
        url: `https://management.azure.com${url}`,
        method: exchange.method,
        headers: { ...exchange.requestHeaders },
        query,
        ...body(exchange.requestBody),
      },
      liveResponse: {
        statusCode: String(exchange.status),
        headers: { ...exchange.responseHeaders },
        ...body(exchange.responseBody),
      },
    });
    return [
      ...objections("request", found.requestValidationResult, exchange),
      ...objections("response", found.responseValidationResult, exchange),
    ];
  };
}

/** The record keeps what was sent; a body that is no object is none to these documents. */
function body(sent: unknown): { body?: Record<string, unknown> } {
  const value = typeof sent === "string" && sent !== "" ? JSON.parse(sent) : sent;
  return typeof value === "object" && value !== null ? { body: structuredClone(value) } : {};
}

type Result = Awaited<ReturnType<LiveValidator["validateLiveRequestResponse"]>>["requestValidationResult"];

function objections(side: Objection["side"], result: Result, { method, url, status }: Recorded): readonly Objection[] {
  const operation = result.operationInfo?.operationId || `${method} ${url.split("?")[0]}`;
  if (result.runtimeException)
    return [{ operation, side, code: "RUNTIME", where: "", message: result.runtimeException.message }];
  return result.errors.map(({ code, message, pathsInPayload }) => ({
    operation: `${operation} ${status}`,
    side,
    code,
    where: pathsInPayload[0] ?? "",
    message,
  }));
}
