#Requires -Version 7.4
<#
.SYNOPSIS
    Publishes a package to a repository of its own, installs it from there into an empty folder, and runs the Pester suites on
    what was installed. Ends with 1 where something failed.
#>
[CmdletBinding()]
param(
    # The folder that New-ModulePackage.ps1 made.
    [Parameter(Mandatory)]
    [string] $Path,

    # The result file to write.
    [Parameter(Mandatory)]
    [string] $ResultPath,

    # The suites to run; none: only the installation is tried.
    [string[]] $Suite = @(Join-Path (Split-Path $PSScriptRoot) 'tests/pester')
)

$ErrorActionPreference = 'Stop'
$work = Join-Path ([System.IO.Path]::GetTempPath()) ([System.IO.Path]::GetRandomFileName())
$repository = "egress-$([System.IO.Path]::GetFileName($work))"
$code = 1
$null = New-Item "$work/repository", "$work/modules" -ItemType Directory
try {
    Register-PSResourceRepository -Name $repository -Uri "$work/repository" -Trusted
    Publish-PSResource -Path $Path -Repository $repository
    $package = Get-Item "$work/repository/*.nupkg"
    Write-Information ('The package {0} is {1:N0} MB; the gallery takes 250 MB.' -f $package.Name, ($package.Length / 1MB)) -InformationAction Continue

    Save-PSResource -Name Egress -Repository $repository -Path "$work/modules"
    $manifest = (Get-Item "$work/modules/Egress/*/Egress.psd1").FullName

    # A session that knows only the installed module and pwsh's own.
    $env:PSModulePath = "$work/modules", "$PSHOME/Modules" -join [System.IO.Path]::PathSeparator
    $found = & "$PSHOME/pwsh" -NoProfile -NonInteractive -Command {
        $null = Invoke-SegmentationBatch -Synthetic 1 -Device simulated -ImageSize 16
        (Get-Module Egress).Path
        (Get-Help about_Egress).Length -gt 0
    }
    if (Compare-Object $found @((Join-Path (Split-Path $manifest) 'module/bin/EgressCmdlets.dll'), $true)) {
        throw "A command of the installed module loaded '$found'."
    }

    $code = 0
    if ($Suite) {
        $env:PSModulePath = $null
        $env:EGRESS_TEST_MANIFEST = $manifest
        & "$PSHOME/pwsh" -NoProfile -NonInteractive -File (Join-Path $PSScriptRoot 'Invoke-PesterSuites.ps1') -Path $Suite -ResultPath $ResultPath
        $code = $LASTEXITCODE
    }
}
finally {
    Unregister-PSResourceRepository -Name $repository -ErrorAction Ignore
    Remove-Item $work -Recurse -Force
}

exit $code
