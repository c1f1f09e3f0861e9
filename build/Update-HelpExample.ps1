#Requires -Version 7.4
<#
.SYNOPSIS
    Runs the examples of help pages and writes what they put out into the pages.
.DESCRIPTION
    Examples that need something that this machine lacks are left as they are. Look at what changed before committing it.
.EXAMPLE
    ./build/Update-HelpExample.ps1 Get-EgressDevice
#>
[CmdletBinding()]
param(
    # The cmdlets whose pages to update; wildcards are allowed.
    [Parameter(Position = 0)]
    [SupportsWildcards()]
    [string] $Name = '*'
)

$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
Import-Module (Join-Path $root 'Egress.psd1')
Import-Module (Join-Path $PSScriptRoot 'HelpExamples.psm1')

foreach ($page in Get-ChildItem (Join-Path $root 'docs/en-US') -Filter '*-*.md' | Where-Object BaseName -Like $Name) {
    $examples = @(Get-HelpExample $page.FullName | Where-Object { Test-HelpExampleNeed $_.Needs })
    $text = [System.IO.File]::ReadAllText($page.FullName)
    foreach ($result in Invoke-HelpExample -Manifest (Join-Path $root 'Egress.psd1') -Samples (Join-Path $root 'samples') -Example $examples) {
        if ($null -ne $result.Expected) {
            $shown = '```powershell' + "`n" + $result.Code + "`n" + '```' + "`n`n" + '```Output' + "`n"
            $start = $text.IndexOf($shown, [System.StringComparison]::Ordinal) + $shown.Length
            $end = $text.IndexOf('```', $start, [System.StringComparison]::Ordinal)
            $text = $text.Remove($start, $end - $start).Insert($start, $result.Actual + "`n")
        }
        elseif ($result.Actual) {
            Write-Warning "$($result.Page), $($result.Title) puts out what its page does not show: $($result.Actual)"
        }
    }

    [System.IO.File]::WriteAllText($page.FullName, $text)
}
