<#
.SYNOPSIS
    Measures how long the module takes to import, on top of what pwsh takes to start, and how long its first completion takes.
.DESCRIPTION
    Each figure is the median of processes of their own, taken in turns: pwsh that does nothing, pwsh that imports the module, and
    pwsh that imports it and completes the name of a strategy. Wanted: the import under 300 ms, the first completion of the module
    under 100 ms more than the same completion of a cmdlet of pwsh's own.
.EXAMPLE
    ./bench/import.ps1 -Manifest ~/.local/share/powershell/Modules/Egress/0.1.0/Egress.psd1
#>
[CmdletBinding()]
param(
    # The module to measure.
    [string] $Manifest = "$PSScriptRoot/../Egress.psd1",

    # Processes of each kind.
    [int] $Repeat = 15
)

$ErrorActionPreference = 'Stop'
$Manifest = (Resolve-Path $Manifest).Path
$complete = { param($line) "`$clock = [Diagnostics.Stopwatch]::StartNew(); `$null = (TabExpansion2 '$line' $($line.Length)).CompletionMatches.Count; `$clock.Elapsed.TotalMilliseconds" }
$kinds = [ordered] @{
    Start      = '0'
    Import     = "`$clock = [Diagnostics.Stopwatch]::StartNew(); Import-Module '$Manifest'; `$clock.Elapsed.TotalMilliseconds"
    # The completion itself is warm: what is left is the module's part.
    Completion = "Import-Module '$Manifest'; `$null = TabExpansion2 'Get-ChildItem -Attributes Re' 28; " + (& $complete 'Invoke-SegmentationBatch -Strategy P')
}
$whole = @{}
$inside = @{}
for ($i = 0; $i -lt $Repeat; $i++) {
    foreach ($kind in $kinds.Keys) {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $milliseconds = & "$PSHOME/pwsh" -NoProfile -NonInteractive -Command $kinds[$kind]
        $whole[$kind] += @($clock.Elapsed.TotalMilliseconds)
        $inside[$kind] += @([double] $milliseconds)
    }
}

function Get-Median([double[]] $Values) {
    ($Values | Sort-Object)[[int] [System.Math]::Floor($Values.Count / 2)]
}

$start = Get-Median $whole.Start
[pscustomobject] @{
    PowerShell             = $PSVersionTable.PSVersion.ToString()
    StartMilliseconds      = [System.Math]::Round($start)
    ImportMilliseconds     = [System.Math]::Round((Get-Median $whole.Import) - $start)
    ImportInside           = [System.Math]::Round((Get-Median $inside.Import))
    CompletionMilliseconds = [System.Math]::Round((Get-Median $inside.Completion))
}
