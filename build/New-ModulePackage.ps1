#Requires -Version 7.4
<#
.SYNOPSIS
    Puts the built module together as it is published, with the licences of what it contains, and imports it once.
#>
[CmdletBinding()]
param(
    # The repository's folder, built.
    [Parameter(Mandatory)]
    [string] $Root,

    # The folder that receives Egress/<version>.
    [Parameter(Mandatory)]
    [string] $Destination,

    # Leaves libtorch out: the module then needs the libtorch of a PyTorch, which EGRESS_LIBTORCH names.
    [switch] $NoLibtorch,

    # The address of the project's home, for the manifest; without it, that of the repository's remote origin.
    [uri] $ProjectUri
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$Root, $Destination = $Root, $Destination | ForEach-Object { $PSCmdlet.GetUnresolvedProviderPathFromPSPath($_) }
$manifest = Import-PowerShellDataFile (Join-Path $Root 'Egress.psd1')
$assemblyVersion = dotnet msbuild (Join-Path $Root 'src/EgressCmdlets/EgressCmdlets.csproj') -getProperty:Version
if ($manifest.ModuleVersion -ne $assemblyVersion) {
    throw "Egress.psd1 says version $($manifest.ModuleVersion), and Directory.Build.props says $assemblyVersion."
}

$folder = Join-Path $Destination "Egress/$($manifest.ModuleVersion)"
if (Test-Path $folder) {
    Remove-Item $folder -Recurse -Force
}

function Copy-ToPackage([string] $Name) {
    $target = Join-Path $folder $Name
    $null = New-Item (Split-Path $target) -ItemType Directory -Force
    Copy-Item (Join-Path $Root $Name) $target -Recurse
}

foreach ($name in 'Egress.psd1', 'LICENSE', 'README.md', 'CHANGELOG.md', 'en-US', 'module') {
    if (Test-Path (Join-Path $Root $name)) {
        Copy-ToPackage $name
    }
}

$assetsPath = Join-Path $Root 'artifacts/obj/EgressBackend/project.assets.json'
if ($NoLibtorch) {
    $target = @((Get-Content $assetsPath -Raw | ConvertFrom-Json -AsHashtable).targets.Values)[0]
    $target.Keys | Where-Object { $_ -like 'libtorch-*' } |
        ForEach-Object { ($target[$_]['runtimeTargets'] ?? @{}).Keys } |
        ForEach-Object { Join-Path $folder "module/bin/deps/$(Split-Path $_ -Leaf)" } |
        Where-Object { Test-Path $_ } |
        Remove-Item
}

# What the manifest cannot know in the repository: what is new in this version, and where the project lives.
$notes = [regex]::Match((Get-Content (Join-Path $Root 'CHANGELOG.md') -Raw), "(?ms)^## $([regex]::Escape($manifest.ModuleVersion))\b[^\n]*\n(.*?)(?=^## |\z)").Groups[1].Value.Trim()
if (-not $notes) {
    throw "CHANGELOG.md says nothing of version $($manifest.ModuleVersion)."
}

if (-not $ProjectUri) {
    # What git knows as git@host:owner/name.git is a page at https://host/owner/name.
    $origin = "$(git -C $Root config --default '' --get remote.origin.url)" -replace '^(ssh://)?git@([^:/]+)[:/]', 'https://$2/' -replace '\.git$'
    $ProjectUri = $origin -match '^https://[^@]+$' ? $origin : $null
}

$stamped = "            ReleaseNotes = '$($notes.Replace("'", "''"))'`n"
if ($ProjectUri) {
    $stamped += "            ProjectUri   = '$ProjectUri'`n"
}
else {
    Write-Warning 'The manifest has no link to the project: name it with -ProjectUri, or give the repository a remote origin.'
}

$packagedManifest = Join-Path $folder 'Egress.psd1'
$text = Get-Content $packagedManifest -Raw
if (-not $text.Contains("        PSData = @{`n")) {
    throw 'Egress.psd1 has no place for the release notes.'
}

$text.Replace("        PSData = @{`n", "        PSData = @{`n$stamped") | Set-Content $packagedManifest -NoNewline

# Documentation of the API is for editors; symbols stay, because they make error reports readable.
Get-ChildItem (Join-Path $folder 'module/bin') -Filter '*.xml' | Remove-Item

& (Join-Path $PSScriptRoot 'Copy-ThirdPartyLicense.ps1') -AssetsPath $assetsPath -Destination (Join-Path $folder 'licenses') -Exclude ($NoLibtorch ? 'libtorch-*' : @())

# A process of its own, so that this session does not keep the assemblies.
$null = Test-ModuleManifest (Join-Path $folder 'Egress.psd1')
$missing = pwsh -NoProfile -NonInteractive -Command {
    param($Path, $Names)
    $ErrorActionPreference = 'Stop'
    Import-Module $Path
    $Names | Where-Object { -not (Get-Command -Module Egress -Name $_ -ErrorAction Ignore) }
    $Names | Where-Object { (Get-Help $_).Synopsis -notmatch '^[^\[]+\.\s*$' } | ForEach-Object { "the help of $_" }
} -Args (Join-Path $folder 'Egress.psd1'), $manifest.CmdletsToExport
if ($missing) {
    throw "The packaged module lacks $($missing -join ', ')."
}

$size = (Get-ChildItem $folder -Recurse -File | Measure-Object Length -Sum).Sum / 1MB
Write-Host ('The module is in {0} ({1:N0} MB). Publish it with: Publish-PSResource -Path {0}' -f $folder, $size)
