# Jobs, thread jobs and parallel runspaces: several sessions in a process, and sessions in several processes.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    $manifest = Get-EgressPath 'Egress.psd1'
    $picture = Get-EgressPath 'samples/pictures/cat.png'
    Import-Module $manifest
}

Describe 'A background job' -Tag Runspace {
    BeforeAll {
        $masks = New-TestFolder
        $job = Start-Job -ArgumentList $manifest, $picture, $masks {
            param($manifest, $picture, $masks)
            Import-Module $manifest
            $picture, "$masks/missing.jpg" | Invoke-SegmentationBatch -Device cpu -ImageSize 32 -Destination $masks
        }
        $results = @(Receive-Job $job -Wait -AutoRemoveJob -ErrorVariable errors -ErrorAction SilentlyContinue)
    }

    It 'brings results with all that they say' {
        $results | Should -HaveCount 1
        $results[0].PSTypeNames | Should -Contain 'Deserialized.Egress.Segmentation.SegmentationResult'
        $results[0].Path | Should -Be $picture
        "$($results[0].Status)" | Should -Be 'Written'
        $results[0].Width, $results[0].Height | Should -Be 451, 300
        $results[0].OutputPath | Should -Exist
    }

    It 'brings errors with their id, target and category' {
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -Be 'PathNotFound,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand'
        $errors[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $errors[0].TargetObject | Should -Be "$masks/missing.jpg"
    }
}

Describe 'A thread job' -Tag Runspace {
    It 'brings the objects themselves' {
        $job = Start-ThreadJob -ArgumentList $manifest, (Get-InstantDevice) {
            param($manifest, $device)
            Import-Module $manifest
            Invoke-SegmentationBatch -Synthetic 3 -Device $device -ImageSize 16
        }
        $results = Receive-Job $job -Wait -AutoRemoveJob
        $results | Should -HaveCount 3
        $results[0] | Should -BeOfType ([Egress.Segmentation.SegmentationResult])
    }
}

Describe 'Parallel runspaces' -Tag Runspace {
    It 'each run over their own input, in order' {
        $device = Get-InstantDevice
        $results = 1..4 | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module $using:manifest
            [pscustomobject]@{ Count = $_; Results = @(Invoke-SegmentationBatch -Synthetic ($_ * 10) -Device $using:device -ImageSize 16 -BatchSize 3) }
        }
        foreach ($run in $results) {
            $run.Results.Path | Should -Be (0..($run.Count * 10 - 1) | ForEach-Object { 'synthetic-{0:d6}' -f $_ })
        }
    }

    It 'compute on one libtorch at once, each byte as alone' {
        $alone = New-TestFolder
        $null = Invoke-SegmentationBatch -Synthetic 3 -Device cpu -ImageSize 32 -Seed 7 -Destination $alone -OutputKind Logits
        $folders = 1..3 | ForEach-Object { New-TestFolder }
        $folders | ForEach-Object -ThrottleLimit 3 -Parallel {
            Import-Module $using:manifest
            $null = Invoke-SegmentationBatch -Synthetic 3 -Device cpu -ImageSize 32 -Seed 7 -Destination $_ -OutputKind Logits
        }

        $expected = (Get-ChildItem $alone | Get-FileHash).Hash
        $expected | Should -HaveCount 3
        foreach ($folder in $folders) {
            (Get-ChildItem $folder | Get-FileHash).Hash | Should -Be $expected
        }
    }

    It 'share a pool while both run' {
        $pool = New-PinnedBufferPool 2 -BatchSize 2 -ImageSize 16 -Pageable
        $bothRun = [System.Threading.Barrier]::new(2)
        $device = Get-InstantDevice
        $runs = 1..2 | ForEach-Object -ThrottleLimit 2 -Parallel {
            Import-Module $using:manifest
            $met = $null
            $barrier = $using:bothRun
            $results = Invoke-SegmentationBatch -Synthetic 400 -Device $using:device -ImageSize 16 -BatchSize 2 -BufferPool $using:pool | ForEach-Object {
                # With its first result each run waits until the other one has its first: neither has ended then.
                $met ??= $barrier.SignalAndWait(60000)
                $_
            }
            [pscustomobject]@{ Met = $met; Paths = $results.Path }
        }

        $runs.Met | Should -Be $true, $true
        foreach ($run in $runs) {
            $run.Paths | Should -Be (0..399 | ForEach-Object { 'synthetic-{0:d6}' -f $_ })
        }

        $pool.Available | Should -Be 2
        Remove-PinnedBufferPool $pool
    }

    It 'leave no thread behind' {
        { Wait-EgressThread } | Should -Not -Throw
    }
}
