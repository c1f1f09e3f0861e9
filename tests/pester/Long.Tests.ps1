# Runs that take minutes. They are skipped, and counted as skipped, unless EGRESS_LONG_TESTS=1 is set.

BeforeDiscovery {
    $skip = $env:EGRESS_LONG_TESTS -ne '1'
}

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
}

Describe 'A hundred thousand paths through the pipeline' -Tag Long -Skip:$skip {
    BeforeAll {
        $folder = New-TestFolder
        $template = New-TinyPicture "$folder/000000.png"
        1..99999 | ForEach-Object { [System.IO.File]::Copy($template, ('{0}/{1:d6}.png' -f $folder, $_)) }

        # A process of its own, whose memory is that of the run. All of it is counted every 10,000 results, when what is no longer
        # needed has been collected.
        function Measure-Memory([string] $OutputFormat, [string] $Destination) {
            Invoke-Pwsh -TimeoutSeconds 1200 -ArgumentList (Get-EgressPath 'Egress.psd1'), $folder, (Get-InstantDevice), $OutputFormat, $Destination {
                param($manifest, $folder, $device, $format, $destination)
                Import-Module $manifest
                $state = @{ Fed = 0; Taken = 0; Ahead = 0; Disorder = 0; Heap = [System.Collections.Generic.List[long]]::new(); Resident = [System.Collections.Generic.List[long]]::new() }
                [System.IO.Directory]::EnumerateFiles($folder) | ForEach-Object { $state.Fed++; $_ } |
                    Invoke-SegmentationBatch -Device $device -ImageSize 16 -BatchSize 16 -OutputFormat $format -Destination $destination |
                    ForEach-Object {
                        $state.Taken++
                        $state.Ahead = [System.Math]::Max($state.Ahead, $state.Fed - $state.Taken)
                        if ($state.Taken % 10000 -eq 0) {
                            $state.Heap.Add([System.GC]::GetTotalMemory($true))
                            $state.Resident.Add([System.Environment]::WorkingSet)
                        }
                    }
                $state
            }
        }
    }

    It 'takes the memory of ten thousand, <Name>' -ForEach @(
        @{ Name = 'computed only'; Format = 'None' }
        @{ Name = 'with a mask each'; Format = 'Png' }
    ) {
        $masks = New-TestFolder
        $state = Measure-Memory $Format $masks
        Write-Host ('  Managed MB: {0}. Resident MB: {1}.' -f (($state.Heap | ForEach-Object { '{0:0.0}' -f ($_ / 1e6) }) -join ' '), (($state.Resident | ForEach-Object { '{0:0}' -f ($_ / 1e6) }) -join ' '))
        $state.Fed | Should -Be 100000
        $state.Taken | Should -Be 100000
        $state.Heap | Should -HaveCount 10

        # Names of outputs are remembered, 8 bytes each and what the set needs around them: 20 to 40 a path. A path that was kept
        # would cost 150, a result more.
        ($state.Heap[9] - $state.Heap[0]) / 90000 | Should -BeLessThan ($Format -eq 'None' ? 10 : 60)
        ($state.Resident[9] - $state.Resident[1]) | Should -BeLessThan 64MB

        # What is on its way is bounded too.
        $state.Ahead | Should -BeLessThan 2000
        if ($Format -eq 'Png') {
            [System.IO.Directory]::GetFiles($masks).Count | Should -Be 100000
        }
    }
}

Describe 'A picture of a hundred megapixels in tiles' -Tag Long -Skip:$skip {
    It 'takes less than 600 MB more than one tile, where its scores would take 8.4 GB' {
        $picture = New-LargePicture "$(New-TestFolder)/large.png" 10000 10000
        $state = Measure-TiledPicture $picture @{ TileSize = 512; Destination = (New-TestFolder) } -TimeoutSeconds 900
        Write-Host ('  Peak before {0:0} MB, after {1:0} MB.' -f ($state.Before / 1MB), ($state.After / 1MB))
        $state.Status, $state.Width, $state.Height | Should -Be 'Written', 10000, 10000
        $state.Pixels | Should -Be 100000000
        $state.Tiles | Should -Be (26 * 26)
        $state.After - $state.Before | Should -BeLessThan 600MB
    }
}
