#Requires -Version 7.4
<#
.SYNOPSIS
    Collects the licences of the packages whose files are in the module.
.DESCRIPTION
    Reads the list that restore left of EgressBackend's packages. Each package that brings assemblies or native libraries for
    linux-x64 gets a folder with its own licence and notice files, and a line in the index. A package that only names its licence
    gets the licence's text from build/licenses, with the package's copyright.
#>
[CmdletBinding()]
param(
    # The project.assets.json of EgressBackend.
    [Parameter(Mandatory)]
    [string] $AssetsPath,

    # The folder that receives the licences.
    [Parameter(Mandatory)]
    [string] $Destination,

    # Packages whose files are not in the module after all; wildcards are allowed.
    [string[]] $Exclude = @()
)

$ErrorActionPreference = 'Stop'
$assets = Get-Content $AssetsPath -Raw | ConvertFrom-Json -AsHashtable
$target = @($assets.targets.Values)[0]
$null = New-Item $Destination -ItemType Directory -Force

# Packages that name an address in place of a licence: what is there.
$addresses = @{ 'https://github.com/MiloszKrajewski/K4os.Compression.LZ4/blob/master/LICENSE?raw=true' = 'MIT' }

$index = foreach ($name in $target.Keys | Sort-Object) {
    $files = $target[$name]
    $native = @(($files['runtimeTargets'] ?? @{}).Values | Where-Object { $_['rid'] -eq 'linux-x64' })
    $managed = @(($files['runtime'] ?? @{}).Keys | Where-Object { $_ -notlike '*/_._' })
    if ($files.type -ne 'package' -or -not ($native -or $managed) -or ($Exclude | Where-Object { $name -like $_ })) {
        continue
    }

    $library = $assets.libraries[$name]
    $package = $assets.packageFolders.Keys | ForEach-Object { Join-Path $_ $library.path } | Where-Object { Test-Path $_ } | Select-Object -First 1
    $metadata = ([xml] (Get-Content (Get-Item (Join-Path $package '*.nuspec')) -Raw)).package.metadata

    $folder = Join-Path $Destination $metadata.id
    $null = New-Item $folder -ItemType Directory -Force
    $copied = @(Get-ChildItem $package -File | Where-Object Name -Match '^(LICEN[CS]E|NOTICE|COPYING|THIRD-PARTY)')
    $copied | Copy-Item -Destination $folder

    $license = $metadata.SelectSingleNode("*[local-name() = 'license']") ?? $metadata.SelectSingleNode("*[local-name() = 'licenseUrl']")
    $licenseName = $addresses["$(${license}?.InnerText)"] ?? ${license}?.InnerText
    if (-not ($copied | Where-Object Name -Match '^(LICEN[CS]E|COPYING)')) {
        $text = Join-Path $PSScriptRoot "licenses/$licenseName.txt"
        if (-not (Test-Path $text)) {
            throw "$name brings no text of its licence, and build/licenses has none of '$licenseName'."
        }

        $notice = $metadata.SelectSingleNode("*[local-name() = 'copyright']")
        $copyright = ${notice}?.InnerText ?? "Copyright (c) $($metadata.authors)"
        (Get-Content $text -Raw).Replace('<copyright>', $copyright) | Set-Content (Join-Path $folder 'LICENSE.txt') -NoNewline
    }

    $project = $metadata.SelectSingleNode("*[local-name() = 'projectUrl']")
    '{0} {1}: {2}, {3}' -f $metadata.id, $metadata.version, $licenseName, ${project}?.InnerText
}

if (-not $index) {
    throw "$AssetsPath names no package with files for linux-x64."
}

@('This module contains files of these packages. Their licences are in the folders beside this file.', '') + $index |
    Set-Content (Join-Path $Destination 'README.txt')
