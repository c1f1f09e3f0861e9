# Optimize-EgressPipeline: what it finds on machines whose best configuration is known, and within which limits.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')

    # A batch of n takes 4 + 2n ms to compute: large batches pay. Two outputs take 8 ms of a worker, and two inputs 4 ms of a loader,
    # so that 2 workers and 1 loader keep up with computation and more gain nothing.
    $device = 'simulated:compute=4,compute-item=2,copy=0.5,copy-item=0.2,processing=0,processing-item=3,load=1,memory=1000,memory-item=40'
    $lists = @{ BatchSize = 1, 2, 4, 8, 16, 32; WorkerCount = 1, 2, 4; LoaderCount = 1, 2, 4; BufferCount = 2, 3, 4 }
    $quick = @{ ImageSize = 16; Steps = 12; WarmupSteps = 4 }
}

Describe 'A search' -Tag Optimize {
    BeforeAll {
        $found = Optimize-EgressPipeline -Device $device @lists @quick
    }

    It 'finds the largest batch that fits and threads enough for it' {
        $found.BatchSize | Should -Be 16
        $found.WorkerCount | Should -BeGreaterThan 1
    }

    It 'comes near the best there is, 16 pictures in 36 ms' {
        $found.ImagesPerSecond | Should -BeGreaterThan (0.85 * 16 / 0.036)
        $found.ImagesPerSecond | Should -BeLessThan (1.05 * 16 / 0.036)
    }

    It 'takes a fifth of the runs of the full product at most' {
        $found.ProductCount | Should -Be 162
        $found.Runs | Should -BeLessOrEqual 32
        $found.Tried | Should -HaveCount $found.Runs
        $found.StoppedBy | Should -BeIn 'Converged', 'RunLimit'
    }

    It 'tells of what did not fit' {
        ($found.Tried | Where-Object BatchSize -EQ 32 | ForEach-Object ErrorId | Select-Object -Unique) | Should -BeIn $null, 'DeviceMemoryExhausted'
        $found.DeviceMemoryBytes | Should -Be 640000000
    }

    It 'gives what Measure-EgressThroughput takes' {
        $again = $found | Measure-EgressThroughput -Steps 4 -WarmupSteps 1 -NoLimit
        foreach ($name in 'Strategy', 'Model', 'Device', 'Precision', 'OutputKind', 'BatchSize', 'ImageSize', 'ClassCount', 'WorkerCount', 'BufferCount', 'LoaderCount') {
            $again.$name | Should -Be $found.$name
        }
    }
}

Describe 'The limits of a search' -Tag Optimize {
    It '-MaximumHostMemory keeps batches and buffers small' {
        $found = Optimize-EgressPipeline -Device $device @lists @quick -MaximumHostMemory 400KB
        $found.Tried.HostMemoryBytes | Where-Object { $_ } | ForEach-Object { $_ | Should -BeLessOrEqual 400KB }
        $found.BatchSize | Should -BeLessThan 16
    }

    It '-MaximumDeviceMemory keeps batches small' {
        (Optimize-EgressPipeline -Device $device @lists @quick -MaximumDeviceMemory 200MB).BatchSize | Should -BeLessOrEqual 4
    }

    It '-MaximumRuns ends it' {
        $found = Optimize-EgressPipeline -Device $device @lists @quick -MaximumRuns 2
        $found.Runs, $found.StoppedBy | Should -Be 2, 'RunLimit'
    }

    It '-MaximumMinutes ends it after the run under way' {
        $found = Optimize-EgressPipeline -Device $device @lists @quick -MaximumMinutes 0.001
        $found.StoppedBy | Should -Be 'TimeLimit'
        $found.Runs | Should -BeLessThan 4
    }

    It 'within which nothing fits are an error' {
        { Optimize-EgressPipeline -Device $device @lists @quick -MaximumHostMemory 1KB } |
            Should -Throw -ErrorId 'NothingMeasured,Egress.Cmdlets.Commands.OptimizeEgressPipelineCommand'
    }
}

Describe 'A search that cannot run' -Tag Optimize {
    It 'ends with the error of its <Parameter>' -ForEach @(
        @{ Parameter = 'Device'; Value = 'cuda:63'; Id = 'DeviceNotFound' }
        @{ Parameter = 'Device'; Value = 'nonsense'; Id = 'DeviceSpecInvalid' }
        @{ Parameter = 'Strategy'; Value = 'Fastest'; Id = 'OptionInvalid' }
    ) {
        $arguments = @{ Device = $device } + $quick
        $arguments[$Parameter] = $Value
        { Optimize-EgressPipeline @arguments } | Should -Throw -ErrorId "$Id,Egress.Cmdlets.Commands.OptimizeEgressPipelineCommand"
    }

    It 'can be stopped' {
        $session = Start-Session { Optimize-EgressPipeline -Device 'simulated:compute=200' -ImageSize 16 -Steps 100000 -Verbose } @()
        Start-Sleep -Seconds 1
        $null = $session.Shell.BeginStop($null, $null)
        Wait-Until { $session.Running.IsCompleted } -Because 'the search had stopped'
        { Wait-EgressThread } | Should -Not -Throw
    }
}

Describe 'A search with real work' -Tag Optimize {
    It 'finds something on the CPU that runs again' {
        $found = Optimize-EgressPipeline -Device cpu -Model pointwise -ImageSize 32 -Steps 10 -WarmupSteps 2 -BatchSize 1, 2, 4 -WorkerCount 1, 2 -LoaderCount 1, 2 -BufferCount 2, 3
        $found.ImagesPerSecond | Should -BeGreaterThan 0
        $found.Runs | Should -BeLessOrEqual 4
        ($found | Measure-EgressThroughput -Steps 5 -WarmupSteps 1 -NoLimit).Status | Should -Be 'Measured'
    }
}
