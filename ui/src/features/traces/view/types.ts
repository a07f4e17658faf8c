import {
  Bot,
  Boxes,
  Braces,
  Circle,
  Database,
  FileSearch,
  GitBranch,
  Link2,
  ListOrdered,
  type LucideIcon,
  MessageSquare,
  Scale,
  ShieldCheck,
  Sparkles,
  SquareCheck,
  Workflow,
  Wrench,
} from 'lucide-react'

interface Look {
  icon: LucideIcon
  color: string
  label: string
}

const LOOKS: Record<string, Look> = {
  LLM: { icon: Sparkles, color: '#8466d1', label: 'LLM' },
  CHAT_MODEL: { icon: MessageSquare, color: '#8466d1', label: 'Chat model' },
  AGENT: { icon: Bot, color: '#1c86c4', label: 'Agent' },
  CHAIN: { icon: Link2, color: '#4f79d6', label: 'Chain' },
  TOOL: { icon: Wrench, color: '#d9762f', label: 'Tool' },
  RETRIEVER: { icon: FileSearch, color: '#2c9f6b', label: 'Retriever' },
  EMBEDDING: { icon: Boxes, color: '#159aa5', label: 'Embedding' },
  RERANKER: { icon: ListOrdered, color: '#6a8f2f', label: 'Reranker' },
  PARSER: { icon: Braces, color: '#9a6b43', label: 'Parser' },
  MEMORY: { icon: Database, color: '#b8901f', label: 'Memory' },
  WORKFLOW: { icon: Workflow, color: '#1c86c4', label: 'Workflow' },
  TASK: { icon: SquareCheck, color: '#4f79d6', label: 'Task' },
  GUARDRAIL: { icon: ShieldCheck, color: '#c4497f', label: 'Guardrail' },
  EVALUATOR: { icon: Scale, color: '#c4497f', label: 'Evaluator' },
  ROUTER: { icon: GitBranch, color: '#4f79d6', label: 'Router' },
}

const OTHER: Look = { icon: Circle, color: '#7d8a99', label: 'Span' }

/** How the spans of a type look; of types that users make up, all the same. */
export function lookOf(type: string): Look {
  return LOOKS[type] ?? (type === 'UNKNOWN' ? OTHER : { ...OTHER, label: type })
}
