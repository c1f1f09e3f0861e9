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
    [string] $Destination
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

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

# Documentation of the API is for editors; symbols stay, because they make error reports readable.
Get-ChildItem (Join-Path $folder 'module/bin') -Filter '*.xml' | Remove-Item

& (Join-Path $PSScriptRoot 'Copy-ThirdPartyLicense.ps1') -AssetsPath (Join-Path $Root 'artifacts/obj/EgressBackend/project.assets.json') -Destination (Join-Path $folder 'licenses')

# A process of its own, so that this session does not keep the assemblies.
$null = Test-ModuleManifest (Join-Path $folder 'Egress.psd1')
$missing = pwsh -NoProfile -NonInteractive -Command {
    param($Path, $Names)
    $ErrorActionPreference = 'Stop'
    Import-Module $Path
    $Names | Where-Object { -not (Get-Command -Module Egress -Name $_ -ErrorAction Ignore) }
} -Args (Join-Path $folder 'Egress.psd1'), $manifest.CmdletsToExport
if ($missing) {
    throw "The packaged module lacks $($missing -join ', ')."
}

$size = (Get-ChildItem $folder -Recurse -File | Measure-Object Length -Sum).Sum / 1MB
Write-Host ('The module is in {0} ({1:N0} MB). Publish it with: Publish-PSResource -Path {0}' -f $folder, $size)
