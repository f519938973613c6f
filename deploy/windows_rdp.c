/* The Remote Desktop listener of a Windows machine: a PowerShell script to its OpenSSH server, which imports the
 * certificate and binds it (learn.microsoft.com, Win32_TSGeneralSetting). */
#include "../acme.h"

/* A PowerShell text: nothing is expanded in single quotes. */
static const char *literal(struct api *a, const char *s)
{
	return fmt(a, "'%s'", text_replace(api_arena(a), s, "'", "''"));
}

/* "-Command -" takes each line by itself and goes on after an error, so that all is one line: the
 * certificate with its key goes to the machine's store, those of the CA to the intermediate ones. */
static const char *script(struct api *a, const char *pfx)
{
	return fmt(a,
	    "try { $ErrorActionPreference = 'Stop'; "
	    "$all = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2Collection; "
	    "$all.Import([Convert]::FromBase64String('%s'), 'acme', 'MachineKeySet,PersistKeySet'); "
	    "foreach ($one in $all) { "
	    "$name = if ($one.HasPrivateKey) { 'My' } else { 'CA' }; "
	    "$store = New-Object System.Security.Cryptography.X509Certificates.X509Store($name, "
	    "'LocalMachine'); "
	    "$store.Open('ReadWrite'); $store.Add($one); $store.Close(); "
	    "if ($one.HasPrivateKey) { $thumb = $one.Thumbprint } }; "
	    "$listener = Get-CimInstance -Namespace root/cimv2/terminalservices "
	    "-ClassName Win32_TSGeneralSetting | Where-Object { $_.TerminalName -eq %s }; "
	    "if (-not $listener) { throw 'there is no such listener' }; "
	    "Set-CimInstance -InputObject $listener -Property @{ SSLCertificateSHA1Hash = $thumb }; "
	    "%s"
	    "exit 0 } catch { [Console]::Error.WriteLine($_.ToString()); exit 1 }\n\n",
	    pfx, literal(a, cred(a, "DEPLOY_WIN_RDP_LISTENER")),
	    text_yes(cred(a, "DEPLOY_WIN_RDP_RESTART"))
	        ? "Restart-Service -Name TermService -Force; "
	        : "");
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *user = cred(a, "DEPLOY_WIN_RDP_USER"), *host = cred(a, "DEPLOY_WIN_RDP_HOST");
	const char *options = cred(a, "DEPLOY_WIN_RDP_SSH_OPTS");
	struct strs line = words(a,
	    fmt(a, "ssh -o BatchMode=yes -p %s %s", cred(a, "DEPLOY_WIN_RDP_PORT"),
	        options ? options : ""));
	size_t n;
	const char *pfx = line.n ? pkcs12_of(a, d, "acme", true, &n) : NULL;

	if (!pfx)
		return -1;
	pfx = b64_encode(api_arena(a), pfx, n);
	secret(pfx);
	strs_add(api_arena(a), &line, user ? fmt(a, "%s@%s", user, host) : host);
	strs_add(api_arena(a), &line,
	    "powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command -");
	return run_program(a, d->env, line.v, script(a, pfx)) ? 0 : -1;
}

const struct deploy_hook deploy_windows_rdp = {
	.svc = { .name = "windows_rdp",
	    .title = "Windows Remote Desktop",
	    .site = "microsoft.com",
	    .docs = "https://learn.microsoft.com/windows/win32/termserv/win32-tsgeneralsetting",
	    .creds = { { "DEPLOY_WIN_RDP_HOST", "the machine", 0, 0, NULL, NULL },
	        { "DEPLOY_WIN_RDP_USER", "an administrator there, else as ssh is set up", OPTIONAL,
	            0, NULL, NULL },
	        { "DEPLOY_WIN_RDP_PORT", "port of SSH", 0, 0, "22", NULL },
	        { "DEPLOY_WIN_RDP_SSH_OPTS", "more options for ssh", OPTIONAL, 0, NULL, NULL },
	        { "DEPLOY_WIN_RDP_LISTENER", "name of the listener", 0, 0, "RDP-Tcp", NULL },
	        { "DEPLOY_WIN_RDP_RESTART", "1: restart TermService, which ends all sessions",
	            OPTIONAL, 0, NULL, NULL } } },
	.deploy = deploy,
};
