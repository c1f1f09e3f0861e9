# The sample that the README begins with: what it prints and writes, and that it finds what the scenes show.

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    $script = Get-EgressPath 'samples/segment.ps1'
    $masks = New-TestFolder
    $rows = & $script -Destination $masks -Device cpu
}

Describe 'segment.ps1' -Tag Samples {
    It 'prints a row a scene, and where the masks and overlays are' {
        $scenes = Get-FileName (Get-EgressPath 'samples/scenes') | Where-Object { $_ -like '*.jpg' } | ForEach-Object { $_ -replace '\.jpg$' }
        $rows.Count | Should -Be ($scenes.Count + 1)
        $rows[0..($scenes.Count - 1)].Picture | Should -Be $scenes
        $rows[-1] | Should -BeLike "$($scenes.Count) pictures in * s. The masks, and the pictures with them laid over, are in $masks"
        Get-FileName $masks | Should -Be ($scenes | ForEach-Object { "$_.overlay.jpg", "$_.png" })
    }

    It 'writes overlays that are no copies of their scenes' {
        foreach ($scene in 'scene-02', 'scene-07') {
            $overlay = [System.IO.File]::ReadAllBytes("$masks/$scene.overlay.jpg")
            $picture = [System.IO.File]::ReadAllBytes((Get-EgressPath "samples/scenes/$scene.jpg"))
            # A JPEG of its own, and no copy.
            $overlay[0..2] | Should -Be 0xFF, 0xD8, 0xFF
            [System.Convert]::ToBase64String($overlay) | Should -Not -Be ([System.Convert]::ToBase64String($picture))
        }
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

Describe 'embed-docs.ps1' -Tag Samples {
    BeforeAll {
        $script = Get-EgressPath 'samples/embed-docs.ps1'
        $database = "$(New-TestFolder)/docs.duckdb"
        $lines = & $script -Destination $database -Question 'go on after a run was killed', 'pinned memory' -Top 2
    }

    It 'embeds every paragraph of the pages' {
        $pages = 1 + @(Get-ChildItem (Get-EgressPath 'docs') -Recurse -Filter '*.md').Count
        $lines[0] | Should -Match "^(\d+) paragraphs of $pages pages, \1 of them embedded in \d+\.\d s\. They are in $([regex]::Escape($database))$"
        [int] ($lines[0] -split ' ')[0] | Should -BeGreaterThan 500
    }

    It 'shows the nearest paragraphs, where they stand' {
        $shown = @($lines | Where-Object { $_ -match '^  -?\d\.\d\d  ' })
        $shown | Should -HaveCount 4
        foreach ($line in $shown) {
            $page, $number = ($line -split '  ')[-1] -split ':'
            $text = $lines[[array]::IndexOf($lines, $line) + 1].Trim().TrimEnd('…')
            $there = (Get-Content (Get-EgressPath $page))[[int] $number - 1] -replace '^\s*- ' -replace '\]\([^)]*\)', ']'
            $there.Trim() | Should -BeLike "$([WildcardPattern]::Escape($text.Substring(0, 20)))*"
        }
    }

    It 'computes nothing twice' {
        @(& $script -Destination $database -Question @())[0] | Should -BeLike '*, 0 of them embedded *'
    }

    It 'says where another encoder made the vectors, and makes them again with -Force' {
        $other = @{ Model = 'bert_tiny'; Tokenizer = Get-EgressPath 'samples/models/docs-encoder'; Destination = $database; Question = @() }
        { & $script @other } | Should -Throw -ErrorId 'DestinationSettingsDiffer*'
        @(& $script @other -Force)[0] | Should -Match '^(\d+) paragraphs of \d+ pages, \1 of them embedded '
    }
}

Describe 'The samples'' encoder' -Tag Samples {
    It 'finds the page of headings that it has not seen more often than random parameters do' {
        $trained, $random = & (Get-EgressPath 'samples/training/encoder/evaluate.ps1') -Destination (New-TestFolder)
        $trained.Questions | Should -BeGreaterThan 50
        $trained.First | Should -BeGreaterThan 0.25
        $trained.AmongFive | Should -BeGreaterThan 0.5
        # One set of random parameters may be lucky.
        $trained.First | Should -BeGreaterThan (1.5 * $random.First)
        $trained.AmongFive | Should -BeGreaterThan (1.25 * $random.AmongFive)
    }
}
