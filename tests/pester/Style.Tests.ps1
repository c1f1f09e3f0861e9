# PSScriptAnalyzer's rules, kept by all scripts but for the exceptions in PSScriptAnalyzerSettings.psd1.

BeforeDiscovery {
    $skip = -not (Get-Module -ListAvailable PSScriptAnalyzer)
}

BeforeAll {
    Import-Module "$PSScriptRoot/EgressTesting.psm1"
}

Describe 'The scripts' -Tag Style -Skip:$skip {
    It 'keep the rules' {
        $settings = Import-PowerShellDataFile (Get-EgressPath 'PSScriptAnalyzerSettings.psd1')
        # The analyzer does not know Pester's scopes, nor that a script block is handed to another session with its arguments.
        $forSuites = 'PSUseDeclaredVarsMoreThanAssignments', 'PSUseUsingScopeModifierInNewRunspaces'

        $findings = foreach ($file in git -C (Get-EgressPath) ls-files -- '*.ps1' '*.psm1' '*.psd1') {
            $excluded = $settings.ExcludeRules + ($file -like 'tests/*' ? $forSuites : @())
            Invoke-ScriptAnalyzer -Path (Get-EgressPath $file) -ExcludeRule $excluded | ForEach-Object { "${file}:$($_.Line): $($_.RuleName): $($_.Message)" }
        }
        $findings | Should -BeNullOrEmpty
    }
}
