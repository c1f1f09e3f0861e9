#Requires -Version 7.4
<#
.SYNOPSIS
    Runs the examples that HelpExamples.psm1 planned. Before each step it writes a line with its numbers.
#>
[CmdletBinding()]
param(
    # The plan.
    [Parameter(Mandatory, Position = 0)]
    [string] $Path
)

$plan = Get-Content $Path -Raw | ConvertFrom-Json
$PSStyle.OutputRendering = 'PlainText'
$ProgressPreference = 'SilentlyContinue'
Import-Module $plan.Manifest -ErrorAction Stop

for ($example = 0; $example -lt $plan.Examples.Count; $example++) {
    Set-Location $plan.Examples[$example].Folder
    & {
        for ($step = 0; $step -lt $plan.Examples[$example].Steps.Count; $step++) {
            [System.Console]::Out.WriteLine("`u{1}$example $step")
            . ([scriptblock]::Create($plan.Examples[$example].Steps[$step])) | Out-String -Stream -Width 110
        }
    }
}
