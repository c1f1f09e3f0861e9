#Requires -Version 7.4
<#
.SYNOPSIS
    Builds, tests, measures, documents and packages Egress.
.DESCRIPTION
    Build     compiles the solution and fills module/bin, so that Egress.psd1 can be imported.
    Test      runs the C# tests and then, where Pester is installed, the Pester suites in a process of their own.
    Coverage  runs the C# tests, and says which lines they ran.
    Bench     runs the benchmark projects under bench.
    Docs      brings the pages of docs/en-US to what the cmdlets have and put out. Every build makes the help of them.
    Package   puts together artifacts/package/Egress/<version>, ready for Publish-PSResource.
    TestPackage
              publishes that folder to a repository of its own, installs it from there into an empty folder, and runs the
              Pester suites on what was installed.
    Clean     removes everything that the others made.
.EXAMPLE
    ./build.ps1
    Builds the module.
.EXAMPLE
    ./build.ps1 -Task Build, Test -Configuration Debug
    Builds and tests without optimization.
.EXAMPLE
    ./build.ps1 -Task Package -TorchBackend cuda
    Makes a package that brings the libraries for GPUs.
.EXAMPLE
    ./build.ps1 -Task Package, TestPackage -NoLibtorch
    Makes a small package for machines with PyTorch, and tests it.
#>
[CmdletBinding()]
param(
    # What to do, in this order.
    [ValidateSet('Build', 'Test', 'Coverage', 'Bench', 'Docs', 'Package', 'TestPackage', 'Clean')]
    [string[]] $Task = 'Build',

    # How to compile.
    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    # Which libtorch the module brings: for CPUs, or for GPUs too (several GB).
    [ValidateSet('cpu', 'cuda')]
    [string] $TorchBackend = 'cpu',

    # Leaves libtorch out of the package: for machines with PyTorch, whose libtorch EGRESS_LIBTORCH names.
    [switch] $NoLibtorch,

    # The address of the project's home, for the package's manifest; without it, that of the repository's remote origin.
    [uri] $ProjectUri,

    # Arguments for the benchmark programs, for example '--filter', '*Pool*'.
    [string[]] $BenchArgument = @('--filter', '*')
)

$ErrorActionPreference = 'Stop'
# A command line tool that fails ends the build.
$PSNativeCommandUseErrorActionPreference = $true
Set-StrictMode -Version 3.0

$root = $PSScriptRoot
$artifacts = Join-Path $root 'artifacts'
$buildArguments = @('--configuration', $Configuration, "-p:TorchBackend=$TorchBackend")

function Invoke-BuildTask {
    dotnet build (Join-Path $root 'Egress.slnx') @buildArguments
}

function Invoke-TestTask {
    Push-Location $root # where global.json says how tests run
    try {
        dotnet test --solution Egress.slnx @buildArguments
    }
    finally {
        Pop-Location
    }

    $suites = Join-Path $root 'tests/pester'
    if (-not (Test-Path (Join-Path $suites '*.Tests.ps1'))) {
        Write-Host 'There are no Pester suites.'
    }
    elseif (-not (Find-Tool 'Pester' '5.0')) {
        Write-Warning 'The Pester suites were not run: Pester 5 or newer is not installed.'
    }
    else {
        # A process of its own: an assembly that was imported cannot be replaced by the next build.
        pwsh -NoProfile -NonInteractive -File (Join-Path $root 'build/Invoke-PesterSuites.ps1') -Path $suites -ResultPath (Join-Path $artifacts 'test-results/Pester.xml')
    }
}

function Invoke-CoverageTask {
    Invoke-BuildTask
    $reports = Join-Path $artifacts 'coverage'
    if (Test-Path $reports) {
        Remove-Item $reports -Recurse
    }

    # The cmdlets, and the programs that tests start, have their assemblies from the module's own folders. Programs that are killed, or
    # that have no memory or rights left, cannot write down what they ran, and fail for that.
    $bin = Join-Path $root 'module/bin'
    $counting = @(
        '--coverlet', '--coverlet-output-format', 'cobertura', '--coverlet-include', '[Egress*]*', '--coverlet-exclude', '[*.Tests]*'
        '--coverlet-include-directory', $bin, '--coverlet-include-directory', (Join-Path $bin 'deps'), '--results-directory', $reports
        '--filter-not-namespace', '*.Reliability')
    foreach ($project in Get-ChildItem (Join-Path $root 'tests') -Filter '*.Tests' -Directory) {
        $assembly = Join-Path $artifacts "bin/$($project.Name)/$($Configuration.ToLowerInvariant())/$($project.Name).dll"
        dotnet exec $assembly @counting --coverlet-file-prefix $project.Name
    }

    & (Join-Path $root 'build/Show-Coverage.ps1') -Path $reports -Root $root
}

function Invoke-BenchTask {
    $projects = @(Get-ChildItem (Join-Path $root 'bench') -Recurse -Filter '*.csproj' -ErrorAction Ignore)
    if (-not $projects) {
        Write-Host 'There are no benchmark projects.'
    }

    foreach ($project in $projects) {
        dotnet run --project $project.FullName --configuration Release "-p:TorchBackend=$TorchBackend" -- @BenchArgument
    }
}

function Invoke-DocsTask {
    Invoke-BuildTask
    # A process of its own each, so that this session does not keep the assemblies.
    foreach ($script in 'Update-HelpPage.ps1', 'Update-HelpExample.ps1') {
        pwsh -NoProfile -NonInteractive -File (Join-Path $root "build/$script")
    }

    # Once more, for the help of the new pages.
    Invoke-BuildTask
}

function Invoke-PackageTask {
    Invoke-BuildTask
    & (Join-Path $root 'build/New-ModulePackage.ps1') -Root $root -Destination (Join-Path $artifacts 'package') -NoLibtorch:$NoLibtorch -ProjectUri $ProjectUri
}

function Invoke-TestPackageTask {
    $version = (Import-PowerShellDataFile (Join-Path $root 'Egress.psd1')).ModuleVersion
    pwsh -NoProfile -NonInteractive -File (Join-Path $root 'build/Test-ModulePackage.ps1') -Path (Join-Path $artifacts "package/Egress/$version") -ResultPath (Join-Path $artifacts 'test-results/Package.xml')
}

function Invoke-CleanTask {
    foreach ($folder in 'artifacts', 'module/bin', 'en-US') {
        $path = Join-Path $root $folder
        if (Test-Path $path) {
            Remove-Item $path -Recurse -Force
        }
    }
}

function Find-Tool([string] $Name, [version] $MinimumVersion) {
    Get-Module -ListAvailable -Name $Name | Where-Object Version -GE $MinimumVersion | Select-Object -First 1
}

foreach ($name in $Task) {
    & "Invoke-${name}Task"
}
