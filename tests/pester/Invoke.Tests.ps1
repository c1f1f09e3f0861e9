# Invoke-SegmentationBatch as one command among others: order, early ends, errors, existing outputs, what can be done with results.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    $quick = @{ Device = Get-InstantDevice; ImageSize = 16 }
    $pictures = Get-EgressPath 'samples/pictures'
    $folder = New-TestFolder
    $tiny = 0..9 | ForEach-Object { New-TinyPicture "$folder/$_.png" }
}

Describe 'Results' -Tag Invoke {
    It 'come in the order of the pictures, whoever finishes first' {
        # Large and tiny pictures by turns, so that loaders and workers overtake each other.
        $large = (Get-ChildItem $pictures -File | Where-Object Extension -In '.jpg', '.png').FullName
        $paths = 0..59 | ForEach-Object { $_ % 3 ? $tiny[$_ % 10] : $large[$_ % 5] }
        $results = $paths | Invoke-SegmentationBatch @quick -OutputFormat None -BatchSize 2 -LoaderCount 6 -WorkerCount 6
        $results.Path | Should -Be $paths
    }

    It 'and errors come in one order, which is that of the pictures' {
        $paths = $tiny[0], "$folder/x.png", $tiny[1], "$folder/y.png", "$folder/z.png", $tiny[2]
        $all = $paths | Invoke-SegmentationBatch @quick -OutputFormat None -BatchSize 2 -ErrorAction Continue 2>&1
        $all | ForEach-Object { $_ -is [System.Management.Automation.ErrorRecord] ? $_.TargetObject : $_.Path } | Should -Be $paths
    }

    It 'stream: the first is there while paths still come' {
        # The input ends only once something has come out: a command that collects it first would run to the bound.
        $state = @{ Fed = 0; Taken = 0 }
        & { while ($state.Taken -eq 0 -and $state.Fed -lt 5000) { $state.Fed++; $tiny[0] } } |
            Invoke-SegmentationBatch @quick -OutputFormat None -BatchSize 1 |
            ForEach-Object { $state.Taken++ }
        $state.Fed | Should -BeLessThan 5000
        $state.Taken | Should -Be $state.Fed
    }
}

Describe 'Select-Object -First' -Tag Invoke {
    It 'gets its results and ends the run, <Name>' -ForEach @(
        @{ Name = 'over synthetic pictures'; Take = { Invoke-SegmentationBatch -Synthetic 1000000000 @quick | Select-Object -First 3 } }
        @{ Name = 'over a pipeline without end'; Take = { & { while ($true) { $tiny[0] } } | Invoke-SegmentationBatch @quick -OutputFormat None | Select-Object -First 3 } }
        @{ Name = 'that writes'; Take = { Invoke-SegmentationBatch -Synthetic 1000000000 @quick -Destination $masks | Select-Object -First 3 } }
    ) {
        $masks = New-TestFolder
        & $Take | Should -HaveCount 3
        { Wait-EgressThread } | Should -Not -Throw
        Get-FileName $masks | Where-Object { $_ -notmatch '^synthetic-\d{6}\.png$' } | Should -BeNullOrEmpty
    }

    It 'leaves all of the buffers to the pool' {
        $pool = New-PinnedBufferPool 3 -BatchSize 4 -ImageSize 16 -Pageable
        $null = Invoke-SegmentationBatch -Synthetic 1000000 @quick -BatchSize 4 -BufferPool $pool | Select-Object -First 1
        $pool.Available | Should -Be 3
        Remove-PinnedBufferPool $pool
    }
}

Describe 'Errors of single pictures' -Tag Invoke {
    BeforeAll {
        $paths = $tiny[0], "$folder/missing.png", $tiny[1]
    }

    It 'go to -ErrorVariable, and the others are computed' {
        ($paths | Invoke-SegmentationBatch @quick -OutputFormat None -ErrorVariable errors -ErrorAction SilentlyContinue).Path | Should -Be $tiny[0..1]
        $errors | Should -HaveCount 1
        $errors[0].TargetObject | Should -Be "$folder/missing.png"
    }

    It 'make $? false' {
        $null = $paths | Invoke-SegmentationBatch @quick -OutputFormat None -ErrorAction SilentlyContinue
        $? | Should -BeFalse
        $null = $tiny | Invoke-SegmentationBatch @quick -OutputFormat None
        $? | Should -BeTrue
    }

    It 'leave no trace with -ErrorAction Ignore' {
        $Error.Clear()
        $paths | Invoke-SegmentationBatch @quick -OutputFormat None -ErrorAction Ignore | Should -HaveCount 2
        $Error | Should -HaveCount 0
    }

    It 'end the command with -ErrorAction Stop, after the results before them' {
        $before = [System.Collections.Generic.List[object]]::new()
        {
            $tiny[0..4] + "$folder/missing.png" + $tiny[5..9] | Invoke-SegmentationBatch @quick -BatchSize 1 -OutputFormat None -ErrorAction Stop |
                ForEach-Object { $before.Add($_.Path) }
        } | Should -Throw -ErrorId 'PathNotFound,Egress.Cmdlets.Commands.InvokeSegmentationBatchCommand'
        $before | Should -Be $tiny[0..4]
        { Wait-EgressThread } | Should -Not -Throw
    }
}

Describe 'Existing outputs' -Tag Invoke {
    BeforeEach {
        $masks = New-TestFolder
        $null = $tiny[0..4] | Invoke-SegmentationBatch @quick -Destination $masks
        Set-Content "$masks/2.png" 'kept' -NoNewline
    }

    It 'are kept, so that the same command goes on where it stopped' {
        $results = $tiny | Invoke-SegmentationBatch @quick -Destination $masks
        $results.Status | Should -Be (@('Skipped') * 5 + @('Written') * 5)
        $results.Path | Should -Be $tiny
        Get-Content "$masks/2.png" -Raw | Should -BeExactly 'kept'
    }

    It 'are replaced with -Force' {
        ($tiny | Invoke-SegmentationBatch @quick -Destination $masks -Force).Status | Should -Be (@('Written') * 10)
        (Read-PngHeader "$masks/2.png").Width | Should -Be 4
    }

    It 'cost no computation' {
        # Eleven minutes, if any of the kept ones were computed.
        $device = 'simulated:compute=600000,copy=60000,processing=0'
        ($tiny[0..4] | Invoke-SegmentationBatch -Device $device -ImageSize 16 -Destination $masks).Batch | Should -Be (@(-1) * 5)
    }
}

Describe '-WhatIf and -Confirm' -Tag Invoke {
    It '-WhatIf names each picture and the destination, and does nothing' {
        # In a session of its own, whose transcript has what the host would show.
        $masks = "$(New-TestFolder)/masks"
        $transcript = "$(New-TestFolder)/transcript.txt"
        $results = Invoke-Pwsh -ArgumentList (Get-EgressPath 'Egress.psd1'), $tiny[0..1], $masks, $transcript {
            param($manifest, $pictures, $masks, $transcript)
            Import-Module $manifest
            $null = Start-Transcript $transcript
            $pictures | Invoke-SegmentationBatch -Device cuda:63 -Destination $masks -WhatIf
            $null = Stop-Transcript
        }
        $results | Should -BeNullOrEmpty
        $masks | Should -Not -Exist
        $shown = (Get-Content $transcript -Raw) -replace '\s+', ' '
        foreach ($picture in $tiny[0..1]) {
            $shown | Should -BeLike "*""Segment into '$masks'"" on target ""$picture""*"
        }
    }

    It '-Confirm:$false writes without a question' {
        $masks = New-TestFolder
        ($tiny | Invoke-SegmentationBatch @quick -Destination $masks -Confirm:$false).Status | Should -Be (@('Written') * 10)
    }
}

Describe 'What becomes of results' -Tag Invoke {
    BeforeAll {
        $masks = New-TestFolder
        $results = $tiny | Invoke-SegmentationBatch @quick -Destination $masks -BatchSize 4
    }

    It 'a CSV file holds every property' {
        $file = "$(New-TestFolder)/results.csv"
        $results | Export-Csv $file
        $rows = Import-Csv $file
        $rows.Path | Should -Be $results.Path
        $rows.Status | Should -Be (@('Written') * 10)
        $rows.OutputPath | Should -Be $results.OutputPath
        $rows | ForEach-Object { [int] $_.Width, [int] $_.Height, [long] $_.OutputBytes, [long] $_.Batch } |
            Should -Be ($results | ForEach-Object { $_.Width, $_.Height, $_.OutputBytes, $_.Batch })
        $rows[0].PSObject.Properties.Name | Should -Be $results[0].PSObject.Properties.Name
    }

    It 'that CSV file is input for another run' {
        $file = "$(New-TestFolder)/results.csv"
        $results | Export-Csv $file
        (Import-Csv $file | Invoke-SegmentationBatch @quick -Destination $masks).Status | Should -Be (@('Skipped') * 10)
    }

    It 'JSON and back is the same' {
        $back = $results | ConvertTo-Json -EnumsAsStrings | ConvertFrom-Json
        foreach ($name in $results[0].PSObject.Properties.Name) {
            @($back | ForEach-Object { "$($_.$name)" }) | Should -Be @($results | ForEach-Object { "$($_.$name)" })
        }
    }

    It 'Where-Object and Group-Object know their properties' {
        $results | Where-Object Status -EQ Written | Where-Object Width -GT 3 | Should -HaveCount 10
        $groups = $results | Group-Object Batch
        $groups.Name | Should -Be '0', '1', '2'
        $groups | ForEach-Object Count | Should -Be 4, 4, 2
    }

    It 'Measure-Object sums their bytes' {
        ($results | Measure-Object OutputBytes -Sum).Sum | Should -Be ((Get-ChildItem $masks | Measure-Object Length -Sum).Sum)
    }
}
