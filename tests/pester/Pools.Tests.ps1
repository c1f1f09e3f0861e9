# Buffer pools that outlive runs: their size, their use by several commands, and their end.

BeforeDiscovery {
    $strategies = 'BufferPool', 'AsyncCopy', 'Pipelined'
}

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $quick = @{ Device = Get-InstantDevice; ImageSize = 16 }
    $held = [Egress.Buffers.HostMemory]::HeldBytes
}


Describe 'New-PinnedBufferPool' -Tag Pool {
    AfterEach {
        Remove-PinnedBufferPool $pool
    }

    It 'makes buffers of the size asked for' {
        $pool = New-PinnedBufferPool -Count 3 -BufferSize 5000 -Pageable
        $pool | Should -BeOfType ([Egress.Buffers.HostBufferPool])
        $pool.Count, $pool.BufferBytes, $pool.TotalBytes, $pool.Available | Should -Be 3, 5000, 15000, 3
        $pool.IsRemoved | Should -BeFalse
    }

    It 'takes the sizes that PowerShell knows' {
        $pool = New-PinnedBufferPool 2 -BufferSize 1MB -Pageable
        $pool.BufferBytes | Should -Be 1048576
    }

    It 'makes buffers for <Shape>: <Bytes> bytes' -ForEach @(
        @{ Shape = 'labels'; Bytes = 4 * 32 * 32; Arguments = @{ BatchSize = 4; ImageSize = 32 } }
        @{ Shape = 'labels of many classes'; Bytes = 4 * 32 * 32 * 2; Arguments = @{ BatchSize = 4; ImageSize = 32; ClassCount = 257 } }
        @{ Shape = 'logits'; Bytes = 4 * 21 * 32 * 32 * 4; Arguments = @{ BatchSize = 4; ImageSize = 32; OutputKind = 'Logits' } }
        @{ Shape = 'half logits'; Bytes = 4 * 21 * 32 * 32 * 2; Arguments = @{ BatchSize = 4; ImageSize = 32; OutputKind = 'Logits'; Precision = 'Float16' } }
        @{ Shape = 'probabilities of 5 classes'; Bytes = 2 * 5 * 16 * 16 * 4; Arguments = @{ BatchSize = 2; ImageSize = 16; OutputKind = 'Probabilities'; ClassCount = 5 } }
        @{ Shape = 'labels of the default size'; Bytes = 512 * 512; Arguments = @{ BatchSize = 1 } }
    ) {
        $pool = New-PinnedBufferPool 2 @Arguments -Pageable
        $pool.BufferBytes | Should -Be $Bytes
    }

    It 'says what memory it really got' {
        $all = New-PinnedBufferPool 1 -BufferSize 4096 -Verbose 4>&1
        $pool = $all | Where-Object { $_ -isnot [System.Management.Automation.VerboseRecord] }
        $said = $all | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        $hasGpu = [bool] (Get-EgressDevice 'cuda*' | Where-Object IsUsable)
        "$($pool.Kind)" | Should -Be ($hasGpu ? 'Pinned' : 'Pageable')
        $pool.IsPinned | Should -Be $hasGpu
        [bool] ($said.Message -like '*not pinned*') | Should -Be (-not $hasGpu)
    }

    It 'gives pools numbers of their own' {
        $pool = 1..3 | ForEach-Object { New-PinnedBufferPool 1 -BufferSize 4096 -Pageable }
        $pool.Id | Select-Object -Unique | Should -HaveCount 3
    }
}

Describe 'A size and a shape together' -Tag Pool {
    It 'are refused' {
        { New-PinnedBufferPool 1 -BufferSize 4096 -BatchSize 4 } | Should -Throw -ErrorId 'AmbiguousParameterSet,Egress.Cmdlets.Commands.NewPinnedBufferPoolCommand'
    }
}

Describe 'A pool in use' -Tag Pool {
    BeforeEach {
        $pool = New-PinnedBufferPool 3 -BatchSize 4 -ImageSize 16 -OutputKind Logits -Pageable
    }

    AfterEach {
        Remove-PinnedBufferPool $pool
    }

    It 'serves run after run with <_>, whole each time' -ForEach $strategies {
        foreach ($run in 1..3) {
            $results = Invoke-SegmentationBatch -Synthetic 30 @quick -BatchSize 4 -OutputKind Logits -Strategy $_ -BufferPool $pool -WorkerCount 3
            $results | Should -HaveCount 30
            $pool.Available | Should -Be 3
        }
    }

    It 'of one buffer is enough for <_>' -ForEach $strategies {
        $one = New-PinnedBufferPool 1 -BatchSize 4 -ImageSize 16 -Pageable
        (Invoke-SegmentationBatch -Synthetic 30 @quick -BatchSize 4 -Strategy $_ -BufferPool $one -WorkerCount 3).Path |
            Should -Be (0..29 | ForEach-Object { 'synthetic-{0:d6}' -f $_ })
        Remove-PinnedBufferPool $one
    }

    It 'serves measurements and runs by turns' {
        $measured = Measure-EgressThroughput @quick -BatchSize 4 -Steps 5 -WarmupSteps 1 -NoLimit -BufferPool $pool
        $measured.Verified | Should -BeTrue
        $measured.BufferCount | Should -Be 3
        Invoke-SegmentationBatch -Synthetic 10 @quick -BatchSize 2 -BufferPool $pool | Should -HaveCount 10
        $pool.Available | Should -Be 3
    }

    It 'takes smaller batches and refuses larger ones' {
        Invoke-SegmentationBatch -Synthetic 6 @quick -BatchSize 3 -OutputKind Logits -BufferPool $pool | Should -HaveCount 6
        { Invoke-SegmentationBatch -Synthetic 6 @quick -BatchSize 5 -OutputKind Logits -BufferPool $pool } |
            Should -Throw -ErrorId 'BufferPoolTooSmall,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand' -PassThru |
            ForEach-Object {
                $_.CategoryInfo.Category | Should -Be 'InvalidArgument'
                $_.ErrorDetails.RecommendedAction | Should -BeLike '*New-PinnedBufferPool*'
            }
        $pool.Available | Should -Be 3
    }

    It 'too small for sequences is told the size that would do, which does' {
        $sequences = @{ Synthetic = 4; Device = Get-InstantDevice; MaxLength = 64; BatchSize = 4; Pooling = 'None' }
        { Invoke-EmbeddingBatch @sequences -BufferPool $pool } |
            Should -Throw -ErrorId 'BufferPoolTooSmall,Egress.Cmdlets.Commands.InvokeEmbeddingBatchCommand' -PassThru | ForEach-Object {
                $_.ErrorDetails.RecommendedAction | Should -Match '-BufferSize \d+'
                $_.ErrorDetails.RecommendedAction -match '-BufferSize (\d+)'
            }
        $larger = New-PinnedBufferPool 2 -BufferSize $Matches[1]
        Invoke-EmbeddingBatch @sequences -BufferPool $larger | ForEach-Object Count | Should -Be 4
        Remove-PinnedBufferPool $larger
    }

    It 'takes no more memory than its own' {
        $before = [Egress.Buffers.HostMemory]::HeldBytes
        $inUse = [System.Collections.Generic.List[long]]::new()
        Invoke-SegmentationBatch -Synthetic 200 @quick -BatchSize 4 -OutputKind Logits -BufferPool $pool -OutVariable results |
            ForEach-Object { $inUse.Add([Egress.Buffers.HostMemory]::HeldBytes - $before) }
        # What the run has beyond the pool are buffers for inputs, which are bytes where logits are 21 floats.
        ($inUse | Measure-Object -Maximum).Maximum | Should -BeLessThan $pool.BufferBytes
        [Egress.Buffers.HostMemory]::HeldBytes | Should -Be $before
    }
}

Describe 'Remove-PinnedBufferPool' -Tag Pool {
    BeforeEach {
        $before = [Egress.Buffers.HostMemory]::HeldBytes
        $pool = 1..2 | ForEach-Object { New-PinnedBufferPool 2 -BufferSize 1MB -Pageable }
    }

    AfterEach {
        Remove-PinnedBufferPool $pool
    }

    It 'gives the memory back, <Way>' -ForEach @(
        @{ Way = 'by position'; Remove = { Remove-PinnedBufferPool $pool } }
        @{ Way = 'by name'; Remove = { Remove-PinnedBufferPool -BufferPool $pool } }
        @{ Way = 'by the pipeline'; Remove = { $pool | Remove-PinnedBufferPool } }
        @{ Way = 'by a property'; Remove = { $pool | ForEach-Object { [pscustomobject]@{ BufferPool = $_ } } | Remove-PinnedBufferPool } }
    ) {
        [Egress.Buffers.HostMemory]::HeldBytes - $before | Should -Be 4MB
        & $Remove | Should -BeNullOrEmpty
        [Egress.Buffers.HostMemory]::HeldBytes | Should -Be $before
        $pool.IsRemoved | Should -Be $true, $true
    }

    It 'is no error the second time' {
        Remove-PinnedBufferPool $pool
        { Remove-PinnedBufferPool $pool -ErrorAction Stop } | Should -Not -Throw
    }

    It 'leaves them with -WhatIf' {
        Remove-PinnedBufferPool $pool -WhatIf
        $pool.IsRemoved | Should -Be $false, $false
    }

    It 'makes them useless for runs' {
        Remove-PinnedBufferPool $pool
        { Invoke-SegmentationBatch -Synthetic 1 @quick -BufferPool $pool[0] } |
            Should -Throw -ErrorId 'BufferPoolUnavailable,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand' -PassThru |
            ForEach-Object {
                $_.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
                $_.TargetObject | Should -Be $pool[0]
                $_.ErrorDetails.RecommendedAction | Should -BeLike '*New-PinnedBufferPool*'
            }
    }

    It 'refuses one that a run uses, and the run goes on' {
        $results = Invoke-SegmentationBatch -Synthetic 50 @quick -BatchSize 2 -BufferPool $pool[0] | ForEach-Object {
            if ($_.Path -eq 'synthetic-000003') {
                Remove-PinnedBufferPool $pool -ErrorVariable errors -ErrorAction SilentlyContinue
            }

            $_
        }
        $results | Should -HaveCount 50
        $errors.FullyQualifiedErrorId | Should -Be 'BufferPoolUnavailable,Egress.Cmdlets.Commands.RemovePinnedBufferPoolCommand'
        $errors[0].CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        $errors[0].TargetObject | Should -Be $pool[0]
        $pool.IsRemoved | Should -Be $false, $true

        Remove-PinnedBufferPool $pool
        $pool.IsRemoved | Should -Be $true, $true
    }
}

Describe 'All pools of this suite' -Tag Pool {
    It 'have given their memory back' {
        [Egress.Buffers.HostMemory]::HeldBytes | Should -Be $held
    }
}
