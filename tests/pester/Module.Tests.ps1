# The module as a session gets it: what importing brings and what it leaves alone.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    $manifest = Get-EgressPath 'Egress.psd1'
}

Describe 'The manifest' -Tag Module {
    BeforeAll {
        $module = Test-ModuleManifest $manifest
    }

    It 'is valid' {
        $module.Name | Should -Be 'Egress'
    }

    It 'exports the commands and nothing else' {
        $module.ExportedCommands.Keys | Sort-Object | Should -Be @(
            'Compare-EgressThroughput', 'Export-EgressReport', 'Find-EgressVector', 'Get-EgressDevice', 'Invoke-EmbeddingBatch',
            'Invoke-SegmentationBatch', 'Measure-EgressThroughput', 'New-PinnedBufferPool', 'Optimize-EgressPipeline', 'Remove-PinnedBufferPool',
            'Test-EgressOutput')
    }

    It 'asks for the PowerShell that it is made for' {
        $module.PowerShellVersion | Should -Be ([version] '7.6')
        $module.CompatiblePSEditions | Should -Be 'Core'
    }

    It 'names both workloads to who searches a gallery' {
        $module.Description | Should -BeLike '*segmentation*embedding*'
        $module.Tags | Should -Contain 'Segmentation'
        $module.Tags | Should -Contain 'Embedding'
        # A tag is one word; the gallery counts their length together.
        $module.Tags -match '\s' | Should -BeNullOrEmpty
        ($module.Tags -join ' ').Length | Should -BeLessThan 4000
    }
}

Describe 'Importing' -Tag Module {
    BeforeAll {
        $facts = Invoke-Pwsh -ArgumentList $manifest {
            param($manifest)

            # Everything of deps: the assemblies and the native libraries that must not be there yet.
            function Get-Loaded {
                $folder = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($manifest), 'module/bin/deps')
                [System.AppDomain]::CurrentDomain.GetAssemblies() |
                    Where-Object { -not $_.IsDynamic -and $_.Location.StartsWith($folder) } | ForEach-Object { $_.GetName().Name }
                [System.IO.File]::ReadLines('/proc/self/maps') | Where-Object { $_.Contains($folder) -or $_ -match 'lib(torch|cuda|vips|duckdb)' }
            }

            $before = @{ Variable = (Get-Variable).Name; Function = (Get-ChildItem Function:).Name; Alias = (Get-Alias).Name }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $output = @(Import-Module $manifest *>&1)
            $facts = @{
                Milliseconds  = $clock.Elapsed.TotalMilliseconds
                Output        = $output
                Errors        = $Error.Count
                Commands      = (Get-Command -Module Egress).Name
                CommandTypes  = @((Get-Command -Module Egress).CommandType | Select-Object -Unique | ForEach-Object ToString)
                NewVariables  = @((Get-Variable).Name | Where-Object { $_ -notin $before.Variable -and $_ -notin 'before', 'clock', 'output', 'facts' })
                NewFunctions  = @((Get-ChildItem Function:).Name | Where-Object { $_ -notin $before.Function })
                NewAliases    = @((Get-Alias).Name | Where-Object { $_ -notin $before.Alias })
                LoadedAtFirst = @(Get-Loaded)
            }

            $null = Get-Command Invoke-SegmentationBatch -Syntax
            $null = Get-Help Invoke-SegmentationBatch
            $pool = New-PinnedBufferPool 1 -BufferSize 4096 -Pageable
            $pool | Out-String | Out-Null
            Remove-PinnedBufferPool $pool
            $null = Invoke-SegmentationBatch -Synthetic 3 -Device simulated -ImageSize 16
            $null = Invoke-EmbeddingBatch -Synthetic 3 -Device simulated -MaxLength 8
            $facts.LoadedAfterUse = @(Get-Loaded)
            $null = Invoke-SegmentationBatch -Synthetic 1 -Device cpu -ImageSize 16
            $facts.LoadedAfterCompute = @(Get-Loaded)

            Remove-Module Egress
            $facts.CommandsWhenRemoved = @(Get-Command -Module Egress)
            Import-Module $manifest
            Import-Module $manifest
            Import-Module $manifest -Force
            $facts.ModulesWhenBack = @(Get-Module Egress).Count
            $facts.ResultsWhenBack = @(Invoke-SegmentationBatch -Synthetic 3 -Device simulated -ImageSize 16).Count
            $facts.ErrorsAtEnd = $Error.Count
            $facts
        }
        # For people to look at; how long it takes depends on the machine.
        Write-Host ('  The import took {0:0} ms.' -f $facts.Milliseconds)
    }

    It 'says nothing' {
        $facts.Output | Should -BeNullOrEmpty
        $facts.Errors | Should -Be 0
    }

    It 'brings all its cmdlets' {
        $facts.Commands | Should -HaveCount (Import-PowerShellDataFile $manifest).CmdletsToExport.Count
        $facts.CommandTypes | Should -Be 'Cmdlet'
    }

    It 'leaves no variable, function or alias behind' {
        $facts.NewVariables + $facts.NewFunctions + $facts.NewAliases | Should -BeNullOrEmpty
    }

    It 'loads no third-party assembly and no native library' {
        $facts.LoadedAtFirst | Should -BeNullOrEmpty
    }

    It 'still has loaded none after help, pools and a simulated run' {
        $facts.LoadedAfterUse | Should -BeNullOrEmpty
    }

    It 'loads them for a run that computes' {
        $facts.LoadedAfterCompute | Should -Contain 'TorchSharp'
        $facts.LoadedAfterCompute -match 'libtorch_cpu' | Should -Not -BeNullOrEmpty
    }

    It 'can be undone' {
        $facts.CommandsWhenRemoved | Should -BeNullOrEmpty
    }

    It 'can be repeated, with -Force too' {
        $facts.ModulesWhenBack | Should -Be 1
        $facts.ResultsWhenBack | Should -Be 3
        $facts.ErrorsAtEnd | Should -Be 0
    }
}

Describe 'A module folder on PSModulePath' -Tag Module {
    It 'loads by itself when a command is used, from <_>' -ForEach 'modules', 'my modules', 'módulos – 日本' {
        $folder = Join-Path (New-TestFolder) $_
        $null = New-Item $folder -ItemType Directory
        $null = New-Item (Join-Path $folder 'Egress') -ItemType SymbolicLink -Value (Get-EgressPath)

        # A real run, so that the native libraries are found from there too.
        $result = Invoke-Pwsh -ArgumentList $folder {
            param($folder)
            $env:PSModulePath = $folder + [System.IO.Path]::PathSeparator + $env:PSModulePath
            Invoke-SegmentationBatch -Synthetic 1 -Device cpu -ImageSize 16
            (Get-Module Egress).ModuleBase
        }
        $result[0].Status.Value | Should -Be 'Processed'
        $result[1] | Should -Be (Join-Path $folder 'Egress')
    }
}

Describe 'The types' -Tag Module {
    BeforeAll {
        Import-Module $manifest
        $quick = @{ Device = Get-InstantDevice; ImageSize = 16 }
    }

    It 'can be named: <_>' -ForEach @(
        'Egress.Segmentation.SegmentationResult', 'Egress.Measurement.ThroughputResult', 'Egress.Buffers.HostBufferPool'
        'Egress.Devices.EgressDeviceInfo', 'Egress.EgressException', 'Egress.EgressErrorId', 'Egress.Models.OutputKind'
        'Egress.Embedding.EmbeddingBatchResult', 'Egress.Vectors.VectorMatch', 'Egress.Models.VectorPooling') {
        ($_ -as [type]).FullName | Should -Be $_
    }

    It 'constrain the parameters of functions' {
        function Get-Area([Parameter(ValueFromPipeline)] [Egress.Segmentation.SegmentationResult] $Result) {
            process { $Result.Width * $Result.Height }
        }

        Invoke-SegmentationBatch -Synthetic 2 @quick | Get-Area | Should -Be 256, 256
        { Get-Area 'text' } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,Get-Area'
    }

    It 'are caught by their name' {
        $caught = try {
            Invoke-SegmentationBatch -Synthetic 1 -Device cuda:63
        }
        catch [System.IO.IOException] {
            'another'
        }
        catch [Egress.EgressException] {
            $_.Exception.ErrorId
        }

        $caught | Should -Be ([Egress.EgressErrorId]::DeviceNotFound)
    }

    It 'are those that <Command> declares' -ForEach @(
        @{ Command = 'Invoke-SegmentationBatch'; Use = { Invoke-SegmentationBatch -Synthetic 1 @quick } }
        @{ Command = 'Invoke-EmbeddingBatch'; Use = { Invoke-EmbeddingBatch -Synthetic 1 -Device (Get-InstantDevice) -MaxLength 8 } }
        @{ Command = 'Measure-EgressThroughput'; Use = { Measure-EgressThroughput @quick -BatchSize 1 -Steps 2 -WarmupSteps 0 -NoLimit } }
        @{ Command = 'Optimize-EgressPipeline'; Use = { Optimize-EgressPipeline @quick -BatchSize 1 -WorkerCount 1 -LoaderCount 1 -BufferCount 2 -Steps 4 } }
        @{ Command = 'Compare-EgressThroughput'; Use = { $result = Measure-EgressThroughput @quick -BatchSize 1 -Steps 2 -NoLimit; Compare-EgressThroughput $result $result } }
        @{ Command = 'New-PinnedBufferPool'; Use = { New-PinnedBufferPool 1 -BufferSize 4096 -Pageable } }
        @{ Command = 'Get-EgressDevice'; Use = { Get-EgressDevice simulated } }) {
        (& $Use).GetType().FullName | Should -Be (Get-Command $Command).OutputType.Name
    }
}
