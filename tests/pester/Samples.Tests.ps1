# The sample that the README begins with: what it prints and writes, and that it finds what the scenes show.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    $script = Get-EgressPath 'samples/segment.ps1'
    $masks = New-TestFolder
    $rows = & $script -Destination $masks -Device cpu
}

Describe 'segment.ps1' -Tag Samples {
    It 'prints a row a scene, and where the masks are' {
        $scenes = Get-FileName (Get-EgressPath 'samples/scenes') | Where-Object { $_ -like '*.jpg' } | ForEach-Object { $_ -replace '\.jpg$' }
        $rows.Count | Should -Be ($scenes.Count + 1)
        $rows[0..($scenes.Count - 1)].Picture | Should -Be $scenes
        $rows[-1] | Should -BeLike "$($scenes.Count) pictures in * s. The masks are in $masks"
        Get-FileName $masks | Should -Be ($scenes | ForEach-Object { "$_.png" })
    }

    It 'finds what <Scene> shows, and nothing else' -ForEach @(
        @{ Scene = 'scene-02'; Shows = 'sky', 'cloud', 'sun', 'field', 'road', 'tree', 'house', 'car', 'balloon' }
        @{ Scene = 'scene-07'; Shows = 'sky', 'cloud', 'mountain', 'field', 'water', 'tree', 'house', 'car', 'boat', 'balloon' }
        @{ Scene = 'scene-08'; Shows = 'sky', 'cloud', 'mountain', 'field', 'water', 'tree', 'house', 'car', 'balloon' }
    ) {
        $found = ($rows | Where-Object Picture -EQ $Scene).'Classes found, in percent'
        $found -split ', ' -replace ' \d+$' | Should -Be $Shows
        $found -split ', ' -replace '^\D+' | Measure-Object -Sum | ForEach-Object Sum | Should -BeGreaterThan 94
    }
}

Describe 'segment.ps1 with a network of one''s own' -Tag Samples {
    It 'takes other pictures, weights and names' {
        $names = "$(New-TestFolder)/names.txt"
        Set-Content $names 'sky', 'cloud', 'sun', 'mountain', 'field', 'sea', 'road', 'tree', 'house', 'car', 'boat', 'balloon'
        $rows = & $script -Path (Get-EgressPath 'samples/scenes/scene-08.jpg') -Destination $masks -ClassNames $names -ImageSize 256 -Device cpu
        $rows.Count | Should -Be 2
        $rows[0].'Classes found, in percent' | Should -BeLike '*, sea *'
    }
}
