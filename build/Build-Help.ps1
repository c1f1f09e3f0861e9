#Requires -Version 7.4
<#
.SYNOPSIS
    Turns the Markdown pages of cmdlets and about topics into the files that Get-Help reads.
#>
[CmdletBinding()]
param(
    # The folder with the pages: one a cmdlet, and about_<topic>.md.
    [Parameter(Mandatory)]
    [string] $Path,

    # The folder that receives the help. Get-Help looks into the folder en-US beside the manifest.
    [Parameter(Mandatory)]
    [string] $Destination
)

$ErrorActionPreference = 'Stop'
Import-Module Microsoft.PowerShell.PlatyPS -MinimumVersion 1.0

if (Test-Path $Destination) {
    Remove-Item $Destination -Recurse -Force
}

$null = New-Item $Destination -ItemType Directory

$pages = Get-ChildItem $Path -Filter '*.md' | Where-Object Name -NotLike 'about_*'
$commandPages = @($pages | Measure-PlatyPSMarkdown | Where-Object Filetype -Match 'CommandHelp')
if ($commandPages) {
    # PlatyPS makes a folder named after the module; Get-Help wants the file itself.
    $staging = Join-Path ([System.IO.Path]::GetTempPath()) ([System.IO.Path]::GetRandomFileName())
    try {
        Import-MarkdownCommandHelp -Path $commandPages.FilePath | Export-MamlCommandHelp -OutputFolder $staging |
            Copy-Item -Destination $Destination
    }
    finally {
        if (Test-Path $staging) {
            Remove-Item $staging -Recurse
        }
    }
}

# An about topic is plain text and reads well as Markdown; only its front matter is for tools.
$topics = @(Get-ChildItem $Path -Filter 'about_*.md')
foreach ($topic in $topics) {
    $text = (Get-Content $topic -Raw) -replace '(?s)\A---\r?\n.*?\n---\r?\n\s*', ''
    Set-Content (Join-Path $Destination "$($topic.BaseName).help.txt") $text -NoNewline
}

Write-Host "Help for $($commandPages.Count) cmdlets and $($topics.Count) topics is in $Destination."
