# The cmdlets on a GPU. Without one these tests are skipped, and counted as skipped; with EGRESS_REQUIRE_GPU=1 they fail instead.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $skip = Test-GpuMissing
    $strategies = 'Baseline', 'MultiWorker', 'BufferPool', 'AsyncCopy', 'Pipelined'
}

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
}

Describe 'On a GPU' -Tag GPU -Skip:$skip {
    BeforeAll {
        $pictures = Get-ChildItem (Get-EgressPath 'samples/pictures') -File | Where-Object Extension -In '.jpg', '.png'
        $strategies = 'Baseline', 'MultiWorker', 'BufferPool', 'AsyncCopy', 'Pipelined'
        $onGpu = @{ Device = 'cuda'; ImageSize = 128; BatchSize = 2 }

        # A network whose highest score is that of class 7, whatever the picture.
        $scores = [float[]]::new(21)
        $scores[7] = 6
        $weights = "$(New-TestFolder)/constant.safetensors"
        Write-SafetensorsFile $weights (Get-DeepLabParameter) -Values @{ 'classifier.4.bias' = $scores }
    }

    It 'Get-EgressDevice shows it with its memory and what runs it' {
        $gpu = @(Get-EgressDevice cuda:*)[0]
        $gpu.IsUsable | Should -BeTrue
        $gpu.Reason | Should -BeNullOrEmpty
        $gpu.FreeMemoryBytes | Should -BeGreaterThan 0
        $gpu.FreeMemoryBytes | Should -BeLessOrEqual $gpu.TotalMemoryBytes
        $gpu.CudaRuntimeVersion | Should -Match '^\d+\.\d+$'
        $gpu.LibtorchFolder | Should -Exist
    }

    It 'a run goes there where no device is named' {
        (Invoke-SegmentationBatch -Synthetic 1 -ImageSize 32).Device | Should -Be 'cuda:0'
    }

    It 'labels are the class of the highest score with <_>' -ForEach $strategies {
        $masks = New-TestFolder
        $results = $pictures | Invoke-SegmentationBatch @onGpu -Weights $weights -Destination $masks -OutputFormat Raw -Strategy $_
        $results.Path | Should -Be $pictures.FullName
        foreach ($result in $results) {
            $bytes = [System.IO.File]::ReadAllBytes($result.OutputPath)
            $bytes.Length | Should -Be ($result.Width * $result.Height)
            $bytes | Select-Object -Unique | Should -Be 7
        }
    }

    It 'logits are those of the CPU, up to the rounding of another order of sums' {
        $settings = @{ ImageSize = 64; Seed = 3; OutputKind = 'Logits'; BatchSize = 1 }
        $gpu = ($pictures[0] | Invoke-SegmentationBatch @settings -Device cuda -Destination (New-TestFolder)).OutputPath
        $cpu = ($pictures[0] | Invoke-SegmentationBatch @settings -Device cpu -Destination (New-TestFolder)).OutputPath
        $theirs = (Read-Npy $gpu).Elements
        $ours = (Read-Npy $cpu).Elements
        $theirs.Length | Should -Be $ours.Length
        $largest = ($ours | ForEach-Object { [System.Math]::Abs($_) } | Measure-Object -Maximum).Maximum
        $difference = (0..($ours.Length - 1) | ForEach-Object { [System.Math]::Abs($theirs[$_] - $ours[$_]) } | Measure-Object -Maximum).Maximum
        $difference / $largest | Should -BeLessThan 0.02
    }

    It 'a pool is pinned, and serves every strategy that uses one' {
        $pool = New-PinnedBufferPool 3 -BatchSize 2 -ImageSize 128 -OutputKind Logits
        $pool.IsPinned | Should -BeTrue
        foreach ($strategy in $strategies) {
            Invoke-SegmentationBatch -Synthetic 8 @onGpu -OutputKind Logits -BufferPool $pool -Strategy $strategy | Should -HaveCount 8
            $pool.Available | Should -Be 3
        }

        Remove-PinnedBufferPool $pool
    }

    It 'pageable memory is refused where a copy has to be asynchronous' {
        $pool = New-PinnedBufferPool 3 -BatchSize 2 -ImageSize 128 -Pageable
        { Invoke-SegmentationBatch -Synthetic 2 @onGpu -BufferPool $pool -Strategy Pipelined } |
            Should -Throw -ErrorId 'MemoryNotPinned,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand'
        Remove-PinnedBufferPool $pool
    }

    It 'every byte of every strategy arrives' {
        $results = Measure-EgressThroughput $strategies -Device cuda -ImageSize 128 -BatchSize 4 -Steps 20 -WarmupSteps 3
        $results.Strategy | Should -Be $strategies
        $results.Verified | Should -Be (@($true) * 5)
    }

    It 'a run that is stopped leaves whole files, and the next one computes' {
        $masks = New-TestFolder
        $session = Start-Session { Invoke-SegmentationBatch -Synthetic 1000000 -Device cuda -ImageSize 64 -BatchSize 4 -Destination $args[0] } @($masks)
        Wait-Output $session 8
        $session.Shell.Stop()
        Get-FileName $masks | Where-Object { $_ -notmatch '^synthetic-\d{6}\.png$' } | Should -BeNullOrEmpty
        { Wait-EgressThread } | Should -Not -Throw
        Invoke-SegmentationBatch -Synthetic 4 @onGpu | Should -HaveCount 4
    }
}
