#Requires -Version 7.4
<#
.SYNOPSIS
    Adds the coverage reports of several test projects up: a line counts as covered where any of them ran it.
#>
[CmdletBinding()]
param(
    # The folder with the Cobertura reports.
    [Parameter(Mandatory)]
    [string] $Path,

    # The folder that the files' names are shown relative to.
    [Parameter(Mandatory)]
    [string] $Root
)

$ErrorActionPreference = 'Stop'
$lines = @{}
foreach ($report in Get-ChildItem $Path -Filter '*.xml' -Recurse) {
    $coverage = [xml] (Get-Content $report -Raw)
    $sources = @($coverage.SelectNodes('//sources/source').InnerText)
    foreach ($class in $coverage.SelectNodes('//class')) {
        # A file's name is relative to one of the report's folders.
        $file = @($class.filename) + @($sources | ForEach-Object { Join-Path $_ $class.filename }) | Where-Object { Test-Path $_ } | Select-Object -First 1
        if (-not $file) {
            continue # Made by a generator.
        }

        $file = [System.IO.Path]::GetRelativePath($Root, $file)
        foreach ($line in $class.SelectNodes('lines/line')) {
            $key = "${file}:$($line.number)"
            $lines[$key] = [System.Math]::Max($lines[$key] ?? 0, [int] $line.hits)
        }
    }
}

if (-not $lines.Count) {
    throw "$Path holds no coverage report."
}

$files = $lines.GetEnumerator() | Group-Object { ($_.Key -split ':')[0] } | ForEach-Object {
    [pscustomobject] @{
        File    = $_.Name
        Project = ($_.Name -split '/')[1]
        Lines   = $_.Count
        Covered = @($_.Group | Where-Object Value -GT 0).Count
    }
}

function Measure-Share($Files) {
    $all = ($Files | Measure-Object Lines -Sum).Sum
    $covered = ($Files | Measure-Object Covered -Sum).Sum
    [pscustomobject] @{ Lines = $all; Covered = $covered; Percent = [System.Math]::Round(100 * $covered / $all, 1) }
}

'Lines that the C# tests run, by project:'
$files | Group-Object Project | Sort-Object Name | ForEach-Object {
    $name = $_.Name
    Measure-Share $_.Group | Select-Object @{ Name = 'Project'; Expression = { $name } }, *
} | Format-Table | Out-String
'The files with the most lines that no C# test runs:'
$files | Sort-Object { $_.Covered - $_.Lines } | Select-Object -First 15 File, Lines, @{ Name = 'Uncovered'; Expression = { $_.Lines - $_.Covered } } | Format-Table | Out-String
