import { askText, isSomebodyThere } from '@ckan-uplink/cli'
import { ConfigurationError } from '@ckan-uplink/core'
import type { Answers, Question } from '../../infra/new-entry.ts'

/**
 * Asks each question that has no answer yet. Without a terminal it takes the proposals, and throws one
 * `ConfigurationError` that lists all missing flags.
 */
export async function collectAnswers(questions: readonly Question[], given: Answers): Promise<Answers> {
  const answers: Record<string, string> = { ...given }
  const missing: string[] = []
  for (const question of questions) {
    const { flag, text, isOptional = false } = question
    if (answers[flag] !== undefined || question.applies?.(answers) === false) continue
    const answer = await ask(question, await question.propose?.(answers))
    if (answer === '' && !isOptional) missing.push(`--${flag} is missing: ${text}.`)
    answers[flag] = answer
  }
  if (missing.length > 0) throw new ConfigurationError(missing)
  return answers
}

async function ask({ text, isOptional = false }: Question, proposed = ''): Promise<string> {
  if (!isSomebodyThere()) return proposed
  for (;;) {
    const answer = await askText(text, proposed)
    if (answer !== '' || isOptional) return answer
  }
}
