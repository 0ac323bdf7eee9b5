import type { FailureClass } from "./failureClass.ts";

/**
 * What scripts print when they fail, in the words of shells, package managers and installers. A script may print it and go on, so each
 * counts only where Packer does not say otherwise how the build ended.
 */
export const scripts: readonly FailureClass[] = [
  {
    code: "PackageManagerBusy",
    title: "A customizer failed: another process was installing packages",
    stage: "customizing",
    tells: "perhaps",
    log: /could not get lock|dpkg frontend lock|unable to (?:acquire|lock)\b.*(?:lock|directory)|Existing lock \S+|holding the (?:yum|dnf|zypp\w*) lock|management is locked|another (?:installation|instance|copy) (?:is|of .* is)? ?(?:already )?(?:in progress|running)|non-zero exit status: 1618\b|exit code:? 1618\b/i,
    example: {
      log: "azure-arm: E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1312 (apt-get)",
    },
    fix: [
      "Wait for cloud-init and the unattended upgrades before the first package: cloud-init status --wait; apt-get -o DPkg::Lock::Timeout=300.",
      "Windows: let no two installers run at once.",
    ],
  },
  {
    code: "PackageUnavailable",
    title: "A customizer failed: a package or its repository is not to be had",
    stage: "customizing",
    tells: "perhaps",
    log: /unable to locate package|has no installation candidate|no package \S+ available|unable to find a match|nothing provides|no match for argument|valid baseurl|download metadata|repomd\.xml|is not registered with an entitlement|subscription-manager|does not have a Release file|hash sum mismatch|NO_PUBKEY|is not signed|GPG (?:error|check)|unmet dependencies|broken packages|E: Failed to fetch|package was not found with the source|No match was found for the specified search criteria|No package found matching|could not find a version that satisfies|conflicts? with the provider/i,
    example: { log: "azure-arm: E: Unable to locate package nosuchthing" },
    fix: [
      "Refresh the package lists first, and check name, version and repository against the source image's release.",
      "Check that the build VM reaches the repository, and that the image is entitled to it.",
    ],
  },
  {
    code: "CertificateRefused",
    title: "A customizer failed: it does not trust a server's certificate, or cannot agree on TLS",
    stage: "customizing",
    tells: "perhaps",
    log: /SSL certificate problem|certificate verif\w+ failed|CERTIFICATE_VERIFY_FAILED|SSL\/TLS secure channel|trust relationship for the SSL|certificate has expired|x509: |self[- ]signed certificate|unable to get local issuer|SSL connection could not be established|tls: |SSL_ERROR|curl: \((?:35|51|58|60|77)\)/i,
    example: { log: "==> azure-arm: curl: (60) SSL certificate problem: unable to get local issuer certificate" },
    fix: [
      "Add the authority of your proxy or server to the machine's trusted certificates in the first customizer.",
      "Windows PowerShell: [Net.ServicePointManager]::SecurityProtocol = 'Tls12' before the download.",
    ],
  },
  {
    code: "AddressRefused",
    title: "A customizer failed: a server refused it a file",
    stage: "customizing",
    tells: "perhaps",
    log: /requested URL returned error: 4\d\d|curl: \(22\)|ERROR 4\d\d:|\(4\d\d\) [A-Z]|40[134] {1,2}(?:Client Error|Not Found|Forbidden|Unauthorized)|HTTP(?:\/[\d.]+)?(?: response)?(?: status)?(?: code)?:? 4\d\d|Server failed to authenticate the request|Signature not valid in the specified time frame|The specified (?:blob|container|resource) does not exist|PublicAccessNotPermitted|toomanyrequests|API rate limit exceeded/i,
    example: { log: "==> azure-arm: curl: (22) The requested URL returned error: 404" },
    fix: [
      "Open the address that the log names: it may have moved, its SAS may have run out, or it wants somebody signed in.",
      "Private blobs: name them as scriptUri or sourceUri and give the template's identity the right to read them.",
    ],
  },
  {
    code: "AddressUnreachable",
    title: "A customizer failed: it could not reach an address",
    stage: "customizing",
    tells: "perhaps",
    log: /could not resolve|unable to resolve|temporary failure (?:in name resolution|resolving)|(?:name|host) could not be (?:resolved|found)|no such host|Name or service not known|getaddrinfo|(?:network|host) is unreachable|no route to host|unable to connect|failed to connect|couldn't connect|connection (?:timed out|refused|reset)|(?:operation|request) (?:has )?timed out|underlying connection was closed|network (?:path|name) (?:was not|cannot be) found|curl: \((?:5|6|7|28|52|56)\)/i,
    example: { log: "==> azure-arm: curl: (6) Could not resolve host: packages.example.com" },
    fix: [
      "Let the build's subnet reach the address (DNS, NSG, route, firewall, proxy), or put the file where the build VM reaches it.",
    ],
  },
  {
    code: "RestartWanted",
    title: "A customizer failed: an installer wants a restart",
    stage: "customizing",
    tells: "perhaps",
    log: /non-zero exit status: (?:3010|1641)\b|exit code:? (?:3010|1641)\b|(?:reboot|restart) is (?:required|pending)|pending (?:reboot|restart)|(?:reboot|restart) required/i,
    example: { log: "azure-arm: Script exited with non-zero exit status: 3010. Allowed exit codes are: [0]" },
    fix: [
      "Put a WindowsRestart customizer behind (or before) the step, and 3010 into its validExitCodes: it means done, but restart.",
    ],
  },
  {
    code: "WindowsUpdateFailed",
    title: "A customizer failed: Windows Update",
    stage: "customizing",
    tells: "perhaps",
    log: /Windows update script exited|\b0x8024[0-9a-f]{4}\b|\b0x800f0[0-9a-f]{3}\b/i,
    example: { log: "==> azure-arm: Windows update script exited with non-zero exit status: 1" },
    fix: [
      "Look the number up (0x8024…): often the update service cannot be reached, or another update goes on.",
      "Limit the step with filters and updateLimit, and restart before it.",
    ],
  },
  {
    code: "ScriptLacksPrivilege",
    title: "A customizer failed: it may not do what it wants",
    stage: "customizing",
    tells: "perhaps",
    log: /sudo: (?:command not found|a (?:password|terminal) is required|no tty|.*not in the sudoers|parse error|no valid sudoers)|are you root|(?:must|needs? to|have to) be (?:run (?:as|with)|root)|requires? (?:elevation|root|superuser|administrator)|running scripts is disabled|is not digitally signed|permission denied|access (?:to the path .*)?(?:is )?denied|UnauthorizedAccess|E_ACCESSDENIED|operation not permitted/i,
    example: { log: "==> azure-arm: E: Could not open lock file - are you root? (13: Permission denied)" },
    fix: [
      "Shell: begin the commands with sudo. PowerShell: set runElevated, and runAsSystem where administrators may not.",
      "PowerShell scripts called by scripts: powershell -ExecutionPolicy Bypass -File ….",
    ],
  },
  {
    code: "ScriptFaulty",
    title: "A customizer failed: its script calls what is not there, or cannot be read",
    stage: "customizing",
    tells: "perhaps",
    log: /command not found|: not found$|bad interpreter|syntax error|unbound variable|No such file or directory|is not recognized as|ParserError|Unexpected token|missing (?:the )?(?:terminator|closing)|Cannot find path|does not exist|cannot find (?:the )?(?:file|module|drive|path)|no valid module|non-zero exit status: (?:126|127)\b|exited with '?12[67]\b/im,
    example: { log: "==> azure-arm: /tmp/script_1.sh: line 3: jq: command not found" },
    fix: [
      "Run the script on a VM of the same source. A \\r in the message means Windows line ends: save it with LF.",
      "Install what it calls before, and name files by their whole path.",
    ],
  },
  {
    code: "CustomizerFailed",
    title: "A customizer or validator failed",
    stage: "customizing",
    pattern: /exited with (?:a )?non-zero|(?:validation|customization) script\b.{0,60}\bfailed/i,
    // A status that a step allows is not the end of it, so that comes last of all. What follows are the forms in which shells, PowerShell, package managers, installers and tests say that they failed.
    log: /exited with (?:a )?non-zero exit status|Remote command exited with '[1-9]|exited with code: -?[1-9]|Communicator ended with: -?[1-9]|exit(?:ed with)?(?: (?:return )?(?:code|status))+(?: returned by.*| was| of)?[: ]+-?[1-9]|returned (?:an? )?(?:non-zero|error code)|Exception from HRESULT|FullyQualifiedErrorId|CategoryInfo|^azure-arm[^:]*: At \S.*:\d+ char:\d+|Exception calling|Method invocation failed|Unhandled [Ee]xception|Traceback \(most recent|azure-arm[^:]*: E: |azure-arm[^:]*: fatal: \[|dpkg: error|npm ERR!|make: \*\*\*|\/tmp\/script_\S+: line \d+|exited with:? [1-9]|\b[Ff]ailed: [1-9]|[1-9]\d* (?:tests? )?failed\b|\[-\] /m,
    tells: "that",
    example: { log: "azure-arm: Script exited with non-zero exit status: 100. Allowed exit codes are: [0]" },
    fix: ["Correct the step that the log names (its lines are in detail), then create the template anew."],
  },
];
