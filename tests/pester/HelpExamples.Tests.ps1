# Every example of the help is run as it is written, and has to put out the words and lines that its page shows.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'Egress.psd1')
    Import-Module "$PSScriptRoot/../../build/HelpExamples.psm1"
    $pages = @(
        foreach ($page in Get-ChildItem "$PSScriptRoot/../../docs/en-US" -Filter '*-*.md') {
            $examples = @(Get-HelpExample $page.FullName)
            $able = @($examples | Where-Object { Test-HelpExampleNeed $_.Needs })
            @{
                Name     = $page.BaseName
                Examples = @($able | ForEach-Object { @{ Title = $_.Title } })
                Others   = @($examples | Where-Object { $_ -notin $able } | ForEach-Object { @{ Title = $_.Title; Needs = $_.Needs } })
                Able     = $able
            }
        })
}

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
    Import-Module (Get-EgressPath 'build/HelpExamples.psm1')
}

Describe 'The examples of <Name>' -Tag Help -ForEach $pages {
    BeforeAll {
        $results = @(Invoke-HelpExample -Manifest (Get-EgressPath 'Egress.psd1') -Samples (Get-EgressPath 'samples') -Example $Able)
    }

    It '<Title>' -ForEach $Examples {
        $steps = @($results | Where-Object Title -EQ $Title)
        $steps | Should -Not -BeNullOrEmpty
        foreach ($step in $steps) {
            Get-StableText $step.Actual | Should -Be (Get-StableText ($step.Expected ?? '')) -Because "$($step.Code) put out`n$($step.Actual)"
        }
    }

    # Help.Tests.ps1 still checks their parameters.
    It '<Title>' -ForEach $Others {
        Set-ItResult -Skipped -Because "this machine has not what it needs, which is $Needs"
    }
}
