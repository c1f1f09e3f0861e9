#Requires -Version 7.4
<#
.SYNOPSIS
    Runs the Pester suites in this process, writes an NUnit file, and exits with 1 where a test failed.
#>
[CmdletBinding()]
param(
    # The folder with the *.Tests.ps1 files.
    [Parameter(Mandatory)]
    [string] $Path,

    # The result file to write.
    [Parameter(Mandatory)]
    [string] $ResultPath
)

$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 5.0

$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$configuration.TestResult.Enabled = $true
$configuration.TestResult.OutputFormat = 'NUnitXml'
$configuration.TestResult.OutputPath = $ResultPath

$null = New-Item (Split-Path $ResultPath) -ItemType Directory -Force
$run = Invoke-Pester -Configuration $configuration

# A suite that does not even load has no failed test; its container failed. The process ends here in any case: threads of a run
# that a failed test left behind would keep it.
[System.Environment]::Exit([int] ($run.Result -ne 'Passed'))
